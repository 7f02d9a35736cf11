"""Alerts: rules, messages made from business events, delivery with receipts. Promise I20 of the engine's design."""
