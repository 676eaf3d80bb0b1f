"""Notes of a run: the figures of the epochs and the best of them."""
from dataclasses import dataclass, field


@dataclass
class Entry:
    epoch: int
    loss: float
    right: float
    figures: dict

    def text(self):
        found = ", ".join(f"{name} {value:.3f}" for name, value in self.figures.items())
        return f"epoch {self.epoch:2d}: loss {self.loss:.4f}, right {self.right:.3f} | check: {found}"


@dataclass
class Journal:
    entries: list = field(default_factory=list)
    key: str = "macro f1"

    def write(self, *values):
        self.entries.append(Entry(*values))
        return self.entries[-1]

    @property
    def best(self):
        return max(self.entries, key=lambda entry: entry.figures[self.key])

    def course(self, width=30):
        """The key figure as a row of marks, one for each entry."""
        marks = " .:-=+*#%@"
        values = [entry.figures[self.key] for entry in self.entries][-width:]
        return "".join(marks[min(len(marks) - 1, int(value * len(marks)))] for value in values)

    def summary(self):
        best = self.best
        return f"best {self.key} {best.figures[self.key]:.3f} in epoch {best.epoch}  [{self.course()}]"
