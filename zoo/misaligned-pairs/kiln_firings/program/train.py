# Shrinkage of ceramics in the kiln, from the firing log.
import csv
import os
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = ("peak_c", "hours", "moisture", "grog", "thickness_mm")


@dataclass
class Scaler:
    mean: Tensor = field(default=None)
    std: Tensor = field(default=None)

    def fit(self, values):
        self.mean, self.std = values.mean(0), values.std(0)
        return self

    def __call__(self, values):
        return (values - self.mean) / self.std

    def undo(self, values):
        return values * self.std + self.mean


def read(name):
    with open(os.path.join(HERE, name), newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = torch.tensor([[float(row[c]) for c in NUMBERS] for row in rows])
    slot = torch.tensor([int(row["slot"]) - 1 for row in rows])
    target = torch.tensor([[float(row["shrinkage"])] for row in rows])
    return [row["clay"] for row in rows], numbers, slot, target


class Kiln(nn.Module):
    def __init__(self, clays: int, numbers: int, width: int = 64):
        super().__init__()
        self.clay = nn.Embedding(clays, 6)
        self.slot = nn.Embedding(12, 4)
        self.first = nn.Linear(numbers + 10, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, 1)
        self.drop = nn.Dropout(0.02)

    def forward(self, clay, numbers, slot):
        x = torch.cat([self.clay(clay), self.slot(slot), numbers], dim=-1)
        x = nn.functional.silu(self.first(x))
        x = x + self.drop(nn.functional.silu(self.second(x)))
        return self.last(x)


clays, numbers, slot, shrinkage = read("firings.csv")
clays_check, numbers_check, slot_check, shrinkage_check = read("firings_check.csv")
known = {name: i for i, name in enumerate(sorted(set(clays)))}
scale_in, scale_out = Scaler().fit(numbers), Scaler().fit(shrinkage)
print(f"{len(clays)} firings, clays {known}, shrinkage {scale_out.mean.item():.2f} +- {scale_out.std.item():.2f} %")

torch.manual_seed(1907)
train = TensorDataset(torch.tensor([known[c] for c in clays]), scale_in(numbers), slot, scale_out(shrinkage))
check = (torch.tensor([known[c] for c in clays_check]), scale_in(numbers_check), slot_check)
loader = DataLoader(train, batch_size=50, shuffle=True)

model = Kiln(len(known), len(NUMBERS))
average = deepcopy(model).requires_grad_(False)
decay = [p for p in model.parameters() if p.ndim == 2]
plain = [p for p in model.parameters() if p.ndim != 2]
optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=2e-3)
step = 0
for epoch in range(14):
    model.train()
    total = 0.0
    for clay, x, place, y in loader:
        loss = nn.functional.mse_loss(model(clay, x, place), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        step += 1
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), model.parameters()):
                slow.lerp_(fast, 1 - min(0.98, step / (step + 10)))
    average.eval()
    with torch.no_grad():
        guess = scale_out.undo(average(*check))
        error = guess - shrinkage_check
        r2 = 1 - error.square().mean() / shrinkage_check.var()
    print(f"epoch {epoch:2d} | loss {total / len(train):.4f} | check mae {error.abs().mean():.3f} % | r2 {r2:.3f}")

torch.save(average.state_dict(), os.path.join(HERE, "kiln.pt"))
