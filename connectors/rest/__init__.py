"""Systems connected by configuration alone: one YAML manifest each, no code."""

from connectors.rest.loading import connector_of, load, load_all, shipped

__all__ = ["connector_of", "load", "load_all", "shipped"]
