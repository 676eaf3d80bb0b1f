class Book:
    """Running means under names, one line an epoch."""

    def __init__(self):
        self.sums = {}

    def note(self, weight=1, **values):
        for key, value in values.items():
            s, w = self.sums.get(key, (0.0, 0))
            self.sums[key] = s + value * weight, w + weight

    def close(self, title):
        print(title, *(f"{k} {s / w:.4f}" for k, (s, w) in self.sums.items()), sep="  ")
        self.sums = {}
