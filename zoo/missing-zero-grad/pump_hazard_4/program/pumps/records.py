import csv
from typing import NamedTuple

import torch


class Fleet(NamedTuple):
    readings: torch.Tensor
    model: torch.Tensor
    month: torch.Tensor     # of the failure, or the last one seen
    failed: torch.Tensor

    def rows(self, index):
        return Fleet(*(column[index] for column in self))


def fleet(path):
    with open(path, newline="") as handle:
        reader = csv.reader(handle)
        head = next(reader)
        table = torch.tensor([[float(v) for v in row] for row in reader])
    k = head.index("model")
    return Fleet(table[:, :k], table[:, k].long(), table[:, k + 1].long(), table[:, k + 2].bool())
