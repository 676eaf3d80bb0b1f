"""Faults of the stage data."""
