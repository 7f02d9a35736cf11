"""Migration steps, in the order of their numbers. 0001 is made by hub.store.migrations.regenerate from the tables."""
