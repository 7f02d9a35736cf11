"""Manifests that are shipped."""
