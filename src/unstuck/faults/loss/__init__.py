"""Faults of the stage loss."""
