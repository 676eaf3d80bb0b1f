"""Faults of the stage optim."""
