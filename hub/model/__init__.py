"""The golden model: entities, money, identifiers. Pure values, no I/O."""
