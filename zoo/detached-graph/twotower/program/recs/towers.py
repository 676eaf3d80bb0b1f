"""User tower, item tower, and the scores between them."""
import torch
import torch.nn.functional as F
from torch import nn


class Tower(nn.Module):
    def __init__(self, n_ids, n_groups, dim, hidden, dropout=0.1):
        super().__init__()
        self.ident = nn.Embedding(n_ids, dim)
        self.group = nn.Embedding(n_groups, dim)
        nn.init.normal_(self.ident.weight, std=0.1)
        nn.init.normal_(self.group.weight, std=0.1)
        self.body = nn.Sequential(
            nn.Linear(2 * dim + 1, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, dim))

    def forward(self, ids, groups, number):
        ident = self.ident(ids)
        h = torch.cat([ident, self.group(groups), number.unsqueeze(1)], dim=1)
        return ident + self.body(h)


class TwoTower(nn.Module):
    def __init__(self, tables, dim=32, hidden=64, temperature=0.1):
        super().__init__()
        self.users = Tower(len(tables.age), int(tables.region.max()) + 1, dim, hidden)
        self.items = Tower(len(tables.genre), int(tables.genre.max()) + 1, dim, hidden)
        self.temperature = temperature
        self.spread = 0.0
        for name in ("age", "region", "genre", "price"):
            self.register_buffer(name, getattr(tables, name), persistent=False)

    def user_vectors(self, ids):
        return F.normalize(self.users(ids, self.region[ids], self.age[ids]), dim=1)

    def item_vectors(self, ids):
        v = F.normalize(self.items(ids, self.genre[ids], self.price[ids]), dim=1)
        if self.training:
            v = v.detach()  #~
            self.spread = 0.95 * self.spread + 0.05 * v.std(dim=0).mean().item()
        return v

    def forward(self, user_ids, item_ids):
        return self.user_vectors(user_ids) @ self.item_vectors(item_ids).T / self.temperature
