"""The HTTP interface: /api/v1, webhooks, health."""
