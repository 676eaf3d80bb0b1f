"""Gestures from a wrist sensor."""
