"""The demo: runs the main job on sandboxes through the hub's public API and CLI."""
