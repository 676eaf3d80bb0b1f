"""Kinds of heart beats from one lead, on a watch."""

KINDS = ("normal", "early", "broad", "notched", "paced", "blocked")
