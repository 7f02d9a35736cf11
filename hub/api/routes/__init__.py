"""One file of routes per screen."""
