"""Glyph recognition: a small, complete training code base."""

__version__ = "0.3.1"
