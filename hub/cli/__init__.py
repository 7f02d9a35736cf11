"""The `hub` command: one file per group."""
