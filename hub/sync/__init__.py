"""The sync engine (docs/engine.md): decide, merge, identity are pure; pull, push and the engine are the flow."""
