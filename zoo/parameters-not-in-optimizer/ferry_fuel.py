"""Fuel burnt on a ferry crossing, from the log of the crossing.  Experts for the regimes of the engines, mixed by a gate."""
import logging
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
log = logging.getLogger("ferry")


def crossings(n, seed):
    """speed, wind along, wind across, wave, load, draught, temperature, hull months; tonnes of fuel."""
    g = np.random.default_rng(seed)
    x = g.standard_normal((n, 8)).astype(np.float32)
    speed, along, across, wave, load, draught, warm, hull = x.T
    cruise = speed + 0.4 * load > 0.5
    slow = speed - 0.3 * wave < -0.6
    fuel = np.where(
        cruise,
        1.2 * speed * load - 0.9 * along + np.sin(2.2 * draught),
        np.where(slow, 0.9 * np.abs(across) + 0.8 * wave * warm - 0.8, 1.1 * np.sin(1.8 * along + hull) + 0.6 * load * draught),
    )
    fuel = fuel + 0.1 * g.standard_normal(n)
    return torch.from_numpy(x), torch.from_numpy(fuel.astype(np.float32))


class Experts(nn.Module):
    """All experts at once, as stacked matrices: (experts, rows, columns)."""

    def __init__(self, experts, width, inner):
        super().__init__()
        self.up = nn.Parameter(torch.randn(experts, width, inner) * width**-0.5)
        self.up_bias = nn.Parameter(torch.zeros(experts * inner))
        self.down = nn.Parameter(torch.randn(experts, inner, width) * inner**-0.5)
        self.shape = experts, 1, inner

    def forward(self, h):
        inner = torch.einsum("bw,ewi->ebi", h, self.up) + self.up_bias.view(self.shape)
        return torch.einsum("ebi,eiw->bew", F.silu(inner), self.down)


class Mixture(nn.Module):
    def __init__(self, features=8, width=12, experts=6, inner=20):
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.gate = nn.Linear(features, experts, bias=False)
        self.experts = Experts(experts, width, inner)
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, 1)

    def forward(self, x):
        h = torch.tanh(self.enter(x))
        weight = F.softmax(self.gate(x) / 0.7, dim=-1)
        mixed = (weight[..., None] * self.experts(h)).sum(1)
        return self.leave(self.norm(h + mixed)).squeeze(-1), weight


class Trainer:
    def __init__(self, model, lr=1e-2, decay=0.02, batch=80):
        self.model, self.batch = model, batch
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in model.parameters() if p.dim() == 2], "weight_decay": decay},  #~ {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": decay},
                {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0, "lr": lr * 1.5},
            ],
            lr=lr,
            amsgrad=True,
        )
        self.best, self.patience = float("inf"), 0
        self.weights = {}

    def epoch(self, x, y):
        self.model.train()
        losses = []
        for rows in torch.randperm(len(x))[: len(x) // self.batch * self.batch].split(self.batch):
            guess, weight = self.model(x[rows])
            balance = weight.mean(0).square().sum() * weight.shape[1] - 1
            loss = F.mse_loss(guess, y[rows]) + 0.003 * balance
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.inference_mode()
    def rmse(self, x, y):
        self.model.eval()
        return F.mse_loss(self.model(x)[0], y).sqrt().item()

    def fit(self, train, valid, epochs):
        for number in range(1, epochs + 1):
            loss = self.epoch(*train)
            rmse = self.rmse(*valid)
            if rmse < self.best:
                self.best, self.patience = rmse, 0
                self.weights = {k: v.clone() for k, v in self.model.state_dict().items()}
            else:
                self.patience += 1
            if self.patience == 5:
                self.patience = 0
                for group in self.optimizer.param_groups:
                    group["lr"] *= 0.5
            if number % 5 == 0:
                log.info("epoch %2d  loss %.4f  valid rmse %.3f (best %.3f)", number, loss, rmse, self.best)
        self.model.load_state_dict(self.weights)


if __name__ == "__main__":
    torch.manual_seed(6)
    train, valid, test = crossings(3600, 1), crossings(900, 2), crossings(900, 3)
    trainer = Trainer(Mixture())
    trainer.fit(train, valid, epochs=30)
    spread = test[1].std().item()
    log.info("test rmse %.3f t, without a model %.3f t", trainer.rmse(*test), spread)
