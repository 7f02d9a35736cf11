"""The closed vocabulary of a manifest, as models: the one source of validation and of docs/rest.schema.json."""
