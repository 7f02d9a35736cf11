"""The systems of the demo, one file each: how their sandboxes show what the chapters ask about."""
