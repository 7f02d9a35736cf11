"""Vendor servers for the demo, tests and evaluation: they speak the wire protocol and know nothing of the hub."""
