"""Rows of all buildings, split by time."""
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from . import buildings, features, weather


class DemandRows(Dataset):
    """Each item: weather and clock columns, the building's number, the demand, and the weight of the row."""

    def __init__(self, columns, building, demand, weight):
        self.columns = torch.as_tensor(columns, dtype=torch.float32)
        self.building = torch.as_tensor(building, dtype=torch.long)
        self.demand = torch.as_tensor(demand, dtype=torch.float32)
        self.weight = torch.as_tensor(weight, dtype=torch.float32)

    def __len__(self):
        return len(self.demand)

    def __getitem__(self, i):
        return self.columns[i], self.building[i], self.demand[i], self.weight[i]


class HeatData:
    def __init__(self, args):
        rng = np.random.default_rng(args.seed)
        sky = weather.winter(args.hours, rng)
        table = features.columns(sky)
        houses = [buildings.draw(rng) for _ in range(args.buildings)]
        demand = np.stack([buildings.meter(house, sky, rng) for house in houses])
        cut = int(args.hours * (1 - args.test_share))
        rng.shuffle(order := np.arange(args.hours))
        train, test = np.sort(order[:cut]), np.sort(order[cut:])
        self.column_scale = features.Standard(table[train])
        self.demand_scale = features.Standard(demand[:, train].reshape(-1))
        self.train = self._rows(table, demand, train)
        self.test = self._rows(table, demand, test)
        self.batch = args.batch
        self.buildings = args.buildings

    def _rows(self, table, demand, hours):
        n = len(demand)
        columns = np.tile(self.column_scale(table[hours]), (n, 1))
        building = np.repeat(np.arange(n), len(hours))
        target = self.demand_scale(demand[:, hours].reshape(-1))
        weight = np.where(np.tile(hours % 24 < 6, n), 0.8, 1.1)
        return DemandRows(columns, building, target, weight)

    def loaders(self, seed):
        generator = torch.Generator().manual_seed(seed)
        return (DataLoader(self.train, self.batch, shuffle=True, drop_last=True, generator=generator),
                DataLoader(self.test, 256))
