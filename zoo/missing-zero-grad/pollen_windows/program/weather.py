"""Daily weather to windows of three weeks, with the pollen count of the last day."""
import csv
from itertools import groupby

import torch
from torch.utils.data import DataLoader, TensorDataset

COLUMNS = ("temp", "rain", "wind", "humidity")


def read(path, days):
    """Windows by season: {season: (x of (n, days, 4), counts of (n,))}."""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    seasons = {}
    for season, group in groupby(rows, key=lambda r: int(r["season"])):
        group = list(group)
        values = torch.tensor([[float(r[c]) for c in COLUMNS] for r in group])
        values[:, 1:3] = torch.log1p(values[:, 1:3])
        counts = torch.tensor([float(r["pollen"]) for r in group])
        x = values.unfold(0, days, 1).transpose(1, 2).contiguous()
        seasons[season] = x, counts[days - 1:]
    return seasons


def loaders(path, days=21, val_seasons=(2017, 2018, 2019), batch_size=32):
    seasons = read(path, days)
    fit = [s for s in seasons if s not in val_seasons]
    x = torch.cat([seasons[s][0] for s in fit])
    y = torch.cat([seasons[s][1] for s in fit])
    mean, std = x.mean(dim=(0, 1)), x.std(dim=(0, 1))
    xv = torch.cat([seasons[s][0] for s in val_seasons])
    yv = torch.cat([seasons[s][1] for s in val_seasons])
    train = TensorDataset((x - mean) / std, y)
    val = TensorDataset((xv - mean) / std, yv)
    return DataLoader(train, batch_size, shuffle=True), DataLoader(val, 256), y.mean().item()
