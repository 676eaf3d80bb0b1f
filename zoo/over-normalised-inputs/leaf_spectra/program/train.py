"""Water and chlorophyll of leaves from their reflectance, and whether the leaf is sick: one body, two heads."""
import csv
import math
import pathlib
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent


@dataclass
class Setup:
    epochs: int = 24
    batch: int = 20
    rate: float = 0.02
    momentum: float = 0.9
    width: int = 48
    sick_weight: float = 0.5
    smoothing: float = 0.98
    seed: int = 9


def read_leaves(folder):
    """spectra.npy: leaves x bands, in percent; leaves.csv: what the laboratory measured."""
    spectra = np.load(folder / "spectra.npy").astype(np.float32) / 100
    with open(folder / "leaves.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    if len(rows) != len(spectra):
        raise SystemExit("leaves.csv and spectra.npy do not belong together")
    amounts = np.array([[float(r["water"]), float(r["chlorophyll"])] for r in rows], dtype=np.float32)
    sick = np.array([r["state"] == "sick" for r in rows], dtype=np.float32)
    return torch.from_numpy(spectra), torch.from_numpy(amounts), torch.from_numpy(sick)


class LeafNet(nn.Module):
    def __init__(self, bands, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(bands, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
        )
        self.amounts = nn.Linear(width, 2)
        self.sick = nn.Linear(width, 1)

    def forward(self, x):
        # reflectance lies between 0 and 1, most of it near the middle
        h = self.body(4 * (x - 0.5))
        return self.amounts(h), self.sick(h).squeeze(1)


class Average:
    """Slowly moving copy of the weights, used for checking."""

    def __init__(self, model, keep):
        self.keep = keep
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        for k, v in model.state_dict().items():
            self.weights[k].lerp_(v, 1 - self.keep)


def check(model, average, x, amounts, sick):
    now = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(average.weights)
    model.eval()
    with torch.no_grad():
        out, odds = model(x)
    r2 = 1 - ((out - amounts) ** 2).mean(0) / amounts.var(0)
    right = ((odds > 0) == (sick > 0.5)).float().mean()
    model.load_state_dict(now)
    model.train()
    return r2.tolist(), right.item()


def main():
    setup = Setup()
    torch.manual_seed(setup.seed)
    x, amounts, sick = read_leaves(FOLDER)
    order = torch.randperm(len(x))
    valid, train = order[:200], order[200:]
    amounts = (amounts - amounts[train].mean(0)) / amounts[train].std(0)
    print(f"{len(train)} leaves, {x.shape[1]} bands, {100 * sick[train].mean():.0f}% sick")

    model = LeafNet(x.shape[1], setup.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=setup.rate, momentum=setup.momentum, weight_decay=1e-5)
    average = Average(model, setup.smoothing)
    for epoch in range(setup.epochs):
        for group in optimizer.param_groups:
            group["lr"] = setup.rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * epoch / setup.epochs)))
        sums = [0.0, 0.0]
        for rows in train[torch.randperm(len(train))].split(setup.batch):
            out, odds = model(x[rows])
            first = F.mse_loss(out, amounts[rows])
            second = F.binary_cross_entropy_with_logits(odds, sick[rows])
            optimizer.zero_grad()
            (first + setup.sick_weight * second).backward()
            optimizer.step()
            average.update(model)
            sums[0] += first.item() * len(rows)
            sums[1] += second.item() * len(rows)
        if epoch % 4 == 3:
            (water, green), right = check(model, average, x[valid], amounts[valid], sick[valid])
            print(f"epoch {epoch + 1:2d}  amounts {sums[0] / len(train):.4f}  sick {sums[1] / len(train):.4f}  R2 of water {water:.3f}, of chlorophyll {green:.3f}  sick or not {right:.3f}")


if __name__ == "__main__":
    main()
