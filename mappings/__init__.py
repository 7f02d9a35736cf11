"""Shipped mappings, one YAML per system and entity; read as data by hub.mapping.load."""
