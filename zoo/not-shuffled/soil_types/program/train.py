"""Soil class of a field from a survey: measurements, a class, and how deep the water stands."""
import configparser
import csv
import pathlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROOT = pathlib.Path(__file__).parent


def read_survey(path):
    with open(path, newline="") as handle:
        rows = list(csv.DictReader(handle))
    names = [n for n in rows[0] if n.startswith("m")]
    x = torch.tensor([[float(row[n]) for n in names] for row in rows])
    return x, torch.tensor([int(row["soil"]) for row in rows]), torch.tensor([float(row["depth"]) for row in rows])


class SoilNet(nn.Module):
    """One trunk, a head for the class and one for the depth."""

    def __init__(self, inputs, classes, width, drop, slope):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(inputs, width), nn.LeakyReLU(slope), nn.Dropout(drop),
            nn.Linear(width, width), nn.LeakyReLU(slope),
        )
        self.soil = nn.Linear(width, classes)
        self.depth = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.soil(h), self.depth(h).squeeze(1)


def main():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "survey.ini")
    d, m, t = settings["data"], settings["model"], settings["training"]
    torch.manual_seed(t.getint("seed"))

    x, soil, depth = read_survey(ROOT / "fields.csv")
    vx, vsoil, vdepth = read_survey(ROOT / "check.csv")
    mean, std = x.mean(0), x.std(0)
    x, vx = (x - mean) / std, (vx - mean) / std

    loader = DataLoader(
        TensorDataset(x, soil, depth),
        batch_size=d.getint("batch_size"),
        shuffle=d.getboolean("shuffle"),
        drop_last=d.getboolean("drop_last"),
    )
    model = SoilNet(x.shape[1], int(soil.max()) + 1, m.getint("width"), m.getfloat("dropout"), m.getfloat("slope"))
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=t.getfloat("lr"),
        momentum=t.getfloat("momentum"),
        weight_decay=t.getfloat("weight_decay"),
    )

    for epoch in range(1, t.getint("epochs") + 1):
        model.train()
        total = 0.0
        for features, kind, level in loader:
            logits, guess = model(features)
            loss = F.cross_entropy(logits, kind) + t.getfloat("depth_share") * F.smooth_l1_loss(guess, level)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), t.getfloat("max_norm"))
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            logits, guess = model(vx)
            right = (logits.argmax(1) == vsoil).float().mean().item()
            off = (guess - vdepth).abs().mean().item()
        if epoch % 2 == 0:
            print(f"epoch {epoch:2d}: loss {total / len(loader):.4f}, check: class {right:.3f}, depth off by {off:.3f}")


if __name__ == "__main__":
    main()
