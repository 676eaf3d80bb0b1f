"""Figures of a model on labelled beats."""
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from . import KINDS
from .modes import in_use


@dataclass
class Report:
    loss: float
    table: torch.Tensor  # rows: true kind, columns: kind given

    @property
    def accuracy(self):
        return (self.table.diagonal().sum() / self.table.sum()).item()

    @property
    def recalls(self):
        return (self.table.diagonal() / self.table.sum(1).clamp(min=1)).tolist()

    @property
    def balanced(self):
        return sum(self.recalls) / len(self.recalls)

    def short(self):
        return f"check loss {self.loss:.4f}, accuracy {self.accuracy:.3f}"

    def long(self):
        lines = [f"{'kind':10s} recall"]
        lines += [f"{name:10s} {value:6.3f}" for name, value in zip(KINDS, self.recalls)]
        lines.append(f"{'balanced':10s} {self.balanced:6.3f}")
        return "\n".join(lines)


def report(model, loader):
    table = torch.zeros(len(KINDS), len(KINDS))
    loss, count = 0.0, 0
    with in_use(model):
        for beats, kinds in loader:
            logits = model(beats)
            loss += F.cross_entropy(logits, kinds, reduction="sum").item()
            count += len(kinds)
            table.index_put_((kinds, logits.argmax(1)), torch.ones(len(kinds)), accumulate=True)
    return Report(loss / count, table)
