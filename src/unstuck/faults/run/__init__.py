"""Faults of the stage run."""
