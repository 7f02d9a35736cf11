"""The schema's history, one file per step in `versions/`; applied by hub.store.migrate."""
