"""Keeps the numbers of a run and prints them."""

import math

BARS = "_.-=+*%#"


class History:
    def __init__(self):
        self.rows = []

    def add(self, **numbers):
        self.rows.append(numbers)

    def column(self, name):
        return [row[name] for row in self.rows]

    def spark(self, name):
        values = self.column(name)
        finite = [v for v in values if math.isfinite(v)] or [0.0]
        low, high = min(finite), max(finite)
        width = (high - low) or 1.0
        return "".join(BARS[int((v - low) / width * (len(BARS) - 1))] if math.isfinite(v) else "!" for v in values)

    def last(self):
        return ", ".join(f"{name} {value:.4g}" for name, value in self.rows[-1].items())
