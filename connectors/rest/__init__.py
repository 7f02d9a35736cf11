"""Systems connected by configuration alone: one YAML manifest each, no code."""

from connectors.rest.loading import connector_of, load, shipped, systems

__all__ = ["connector_of", "load", "shipped", "systems"]
