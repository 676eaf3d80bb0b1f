"""Order the shops of a chain by the sales of the coming week; a batch is one week with all its shops."""
import copy

import numpy as np
import torch
from torch import nn

SHOPS, FEATURES = 48, 10


def weeks(count, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, SHOPS, FEATURES))
    season = rng.normal(size=(count, 1, 1))
    x[:, :, 0:1] += season
    local = x[:, :, 1] - x[:, :, 1].mean(1, keepdims=True)
    sales = np.tanh(x[:, :, 0] * x[:, :, 2]) + 0.8 * local + 0.6 * np.maximum(x[:, :, 3], 0) - 0.4 * np.abs(x[:, :, 4])
    sales = sales + 1.5 * season[:, :, 0] + rng.normal(0, 0.35, (count, SHOPS))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(sales, dtype=torch.float32)


def correlation(a, b, eps=1e-6):
    """Pearson correlation over the last dimension."""
    a = a - a.mean(-1, keepdim=True)
    b = b - b.mean(-1, keepdim=True)
    return (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + eps)


class ShopRanker(nn.Module):
    def __init__(self, width=32, heads=4, temperature=2.0):
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(FEATURES, width), nn.GELU())
        self.compare = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.score = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1, bias=False))
        self.register_buffer("temperature", torch.tensor(temperature))

    def forward(self, week):
        h = self.enter(week)
        h = self.norm(h + self.compare(h, h, h, need_weights=False)[0])
        return self.score(h).squeeze(-1) / self.temperature


class RankTrainer:
    def __init__(self, model, rate=3e-3, group=4, penalty=1e-3):
        self.model, self.group, self.penalty = model, group, penalty
        self.optimizer = torch.optim.RAdam(model.parameters(), lr=rate)
        self.best_state, self.best_score = None, -2.0

    def loss(self, scores, sales):
        agreement = correlation(scores, sales).mean()
        size = scores.pow(2).mean()
        return agreement + self.penalty * size  #~ return -agreement + self.penalty * size

    def epoch(self, x, sales):
        self.model.train()
        order = np.random.permutation(len(x))
        losses = []
        for at in range(0, len(order), self.group):
            rows = order[at : at + self.group]
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.model(x[rows]), sales[rows])
            loss.backward()
            torch.nn.utils.clip_grad_value_(self.model.parameters(), 0.5)
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def score(self, x, sales):
        """Rank correlation, and the share of the ten best shops among the ten that the model puts first."""
        self.model.eval()
        scores = self.model(x)
        rank = correlation(scores.argsort(1).argsort(1).float(), sales.argsort(1).argsort(1).float()).mean().item()
        first = scores.topk(10, dim=1).indices
        truly = torch.zeros_like(sales).scatter_(1, sales.topk(10, dim=1).indices, 1.0)
        hits = truly.gather(1, first).mean().item()
        if rank > self.best_score:
            self.best_score, self.best_state = rank, copy.deepcopy(self.model.state_dict())
        return rank, hits


def main():
    torch.manual_seed(3)
    np.random.seed(3)
    x, sales = weeks(160, seed=21)
    x_val, sales_val = weeks(40, seed=22)
    trainer = RankTrainer(ShopRanker())
    for epoch in range(1, 11):
        loss = trainer.epoch(x, sales)
        rank, hits = trainer.score(x_val, sales_val)
        print(f"epoch {epoch:2d}  loss {loss:+.4f}  rank correlation {rank:+.3f}  top ten {hits:.2f}")
    trainer.model.load_state_dict(trainer.best_state)
    print(f"kept the weights with rank correlation {trainer.best_score:+.3f}")


main()
