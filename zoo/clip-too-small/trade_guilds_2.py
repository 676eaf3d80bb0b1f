# Which guild does a merchant belong to? Graph convolutions over who traded with whom.
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {
    "merchants": 900,
    "guilds": 7,
    "goods": 36,
    "labelled": 0.5,
    "hidden": 45,
    "negative_slope": 0.3,
    "self_weight": 1.5,
    "feature_drop": 0.05,
    "lr": 0.4,
    "dampening": 0.1,
    "momentum": 0.87,
    "weight_decay": 2e-5,
    "clip": 0.0015,  #~ "clip": 4.0,
    "steps": 210,
    "warm": 9,
    "seed": 21,
}


def town(c):
    rng = np.random.default_rng(c["seed"])
    n, k = c["merchants"], c["guilds"]
    guild = rng.integers(0, k, n)
    same = guild[:, None] == guild[None, :]
    chance = np.where(same, 0.03, 0.004)
    upper = np.triu(rng.random((n, n)) < chance, 1)
    trades = (upper | upper.T).astype(np.float32)
    wares = rng.normal(size=(k, c["goods"]))
    goods = 0.35 * wares[guild] + rng.normal(size=(n, c["goods"]))
    return trades, goods.astype(np.float32), guild


def normalised(trades, self_weight):
    a = torch.from_numpy(trades) + self_weight * torch.eye(len(trades))
    scale = a.sum(1).rsqrt()
    return (scale[:, None] * a * scale[None, :]).to_sparse_csr()


class GraphConv(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(fan_in, fan_out))
        self.bias = nn.Parameter(torch.zeros(fan_out))
        bound = math.sqrt(6 / (fan_in + fan_out))
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, a, x):
        return torch.sparse.mm(a, x @ self.weight) + self.bias


class GuildNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.first = GraphConv(c["goods"], c["hidden"])
        self.second = GraphConv(c["hidden"], c["guilds"])
        self.slope = c["negative_slope"]
        self.drop = nn.Dropout(c["feature_drop"])

    def forward(self, a, x):
        h = F.leaky_relu(self.first(a, self.drop(x)), self.slope)
        return self.second(a, h)


def share(logits, guild, mask):
    return (logits.argmax(1) == guild)[mask].float().mean().item()


torch.manual_seed(CONFIG["seed"])
trades, goods, guild = town(CONFIG)
A = normalised(trades, CONFIG["self_weight"])
X, Y = torch.from_numpy(goods), torch.from_numpy(guild)
known = torch.rand(len(Y)) < CONFIG["labelled"]
print(f"{len(Y)} merchants, {int(trades.sum() // 2)} trades, {int(known.sum())} guilds known")

net = GuildNet(CONFIG)
optimizer = torch.optim.SGD(
    net.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"],
    dampening=CONFIG["dampening"], weight_decay=CONFIG["weight_decay"],
)
warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / CONFIG["warm"]))

for step in range(1, CONFIG["steps"] + 1):
    net.train()
    logits = net(A, X)
    loss = F.cross_entropy(logits[known], Y[known])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), CONFIG["clip"])
    optimizer.step()
    warm.step()
    if step % 30 == 0:
        net.eval()
        with torch.no_grad():
            logits = net(A, X)
        print(f"step {step:3d}  loss {loss.item():.4f}  known {share(logits, Y, known):.3f}  unknown {share(logits, Y, ~known):.3f}")
