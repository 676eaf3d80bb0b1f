"""Faults of the stage mode."""
