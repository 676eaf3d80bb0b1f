"""Learning to rank: the dishes a guest looks at, best first (listwise softmax), judged by NDCG@5.

    python train.py --hidden 48 24 --lists 900
"""
import argparse

import numpy as np
import torch
from torch import nn


def parse(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--lists", type=int, default=1000, help="guests to learn from")
    parser.add_argument("--length", type=int, default=14, help="most dishes a guest looks at")
    parser.add_argument("--hidden", type=int, nargs=2, default=[40, 20])
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.998)  #~ parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--gain-power", type=float, default=1.5, help="how much better a better grade is")
    parser.add_argument("--cutoff", type=int, default=5)
    parser.add_argument("--seed", type=int, default=71)
    return parser.parse_args(argv)


def guests(n, length, seed):
    """Guest and dish features, the grade (0 to 4) of every dish, and which places of the list are taken."""
    rng = np.random.default_rng(seed)
    guest = rng.standard_normal((n, 1, 6))
    dish = rng.standard_normal((n, length, 7))
    taste = (guest * dish[..., :6]).sum(-1) * 0.5
    hunger = np.maximum(guest[..., 0], 0) * dish[..., 6]
    price = -0.8 * np.abs(dish[..., 5] - 0.5 * guest[..., 3])
    value = taste + hunger + price + 0.3 * rng.standard_normal((n, length))
    grade = np.digitize(value, [-1.2, -0.2, 0.6, 1.6])
    there = np.arange(length) < rng.integers(6, length + 1, (n, 1))
    x = np.concatenate([np.broadcast_to(guest, (n, length, 6)), dish], axis=-1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(grade * there), torch.tensor(there)


class Scorer(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        wide, narrow = hidden
        self.lift = nn.Sequential(nn.Linear(features, wide), nn.LayerNorm(wide), nn.SiLU())
        self.cross = nn.Bilinear(6, 7, narrow, bias=False)
        self.body = nn.Sequential(nn.Linear(wide + narrow, narrow), nn.SiLU())
        self.score = nn.Linear(narrow, 1, bias=False)

    def forward(self, x):
        crossed = self.cross(x[..., :6].contiguous(), x[..., 6:].contiguous())
        return self.score(self.body(torch.cat([self.lift(x), crossed], dim=-1)))[..., 0]


def listwise(scores, grade, there, power):
    """Cross-entropy between the softmax of the scores and the gains of the list."""
    wanted = (power ** grade.float() - 1) * there + 1e-6 * there
    wanted = wanted / wanted.sum(1, keepdim=True)
    log_p = scores.masked_fill(~there, -1e4).log_softmax(1)
    return -(wanted * log_p).sum(1).mean()


@torch.no_grad()
def ndcg(model, data, k):
    x, grade, there = data
    gain = 2.0**grade - 1
    discount = 1 / torch.arange(2, k + 2).float().log2()
    order = model(x).masked_fill(~there, -float("inf")).argsort(1, descending=True)[:, :k]
    got = (gain.gather(1, order) * discount).sum(1)
    best = (gain.sort(1, descending=True).values[:, :k] * discount).sum(1)
    some = best > 0
    return (got[some] / best[some]).mean().item()


def minibatches(data, size):
    for rows in torch.randperm(len(data[0])).split(size):
        yield tuple(part[rows] for part in data)


def main():
    args = parse()
    torch.manual_seed(args.seed)
    train = guests(args.lists, args.length, args.seed)
    valid = guests(300, args.length, args.seed + 1)
    model = Scorer(train[0].shape[-1], args.hidden)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=6, gamma=0.6)

    print(f"before: NDCG@{args.cutoff} {ndcg(model, valid, args.cutoff):.3f}")
    best = 0.0
    for epoch in range(1, args.epochs + 1):
        total, batches = 0.0, 0
        for x, grade, there in minibatches(train, args.batch):
            loss = listwise(model(x), grade, there, args.gain_power)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, batches = total + loss.item(), batches + 1
        schedule.step()
        quality = ndcg(model, valid, args.cutoff)
        best = max(best, quality)
        if epoch % 4 == 0 or epoch == 1:
            print(f"epoch {epoch:>2}  loss {total / batches:8.4f}  NDCG@{args.cutoff} {quality:.3f}  best {best:.3f}")


if __name__ == "__main__":
    main()
