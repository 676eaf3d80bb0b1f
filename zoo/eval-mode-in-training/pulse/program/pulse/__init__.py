"""Heartbeat classification."""
