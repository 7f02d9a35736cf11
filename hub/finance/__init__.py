"""Receivables for finance: aging as of a day, tie-out with the ERP's own figures, expected cash, export."""
