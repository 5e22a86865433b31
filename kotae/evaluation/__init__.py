"""Question sets, metrics, judges and reports."""
