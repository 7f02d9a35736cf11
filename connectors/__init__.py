"""One folder per system: the only place where a vendor URL, field name or code may stand."""
