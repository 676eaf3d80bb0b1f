"""Faults of the stage model."""
