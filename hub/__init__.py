"""The integration hub: see README.md for what it does and docs/architecture.md for how."""
