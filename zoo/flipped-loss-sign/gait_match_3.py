"""Is it the same walker? Pairs of accelerometer strides, one convolutional encoder for both sides."""
import argparse

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--walkers", type=int, default=48)
parser.add_argument("--strides", type=int, default=24)
parser.add_argument("--pairs", type=int, default=64, help="pairs per batch")
parser.add_argument("--steps", type=int, default=320)
parser.add_argument("--lr", type=float, default=1.5e-3)
parser.add_argument("--seed", type=int, default=29)
args = parser.parse_args()

rng = np.random.default_rng(args.seed)
torch.manual_seed(args.seed)


def record(people, strides, samples=64):
    """Two channels; each person has harmonics of their own, each stride its own tempo, phase and strength."""
    t = np.linspace(0, 2 * np.pi, samples, endpoint=False)
    size = rng.gamma(2.0, 0.5, (people, 2, 5)) / np.arange(1, 6)
    lag = rng.uniform(-np.pi, np.pi, (people, 2, 5))
    out = np.empty((people, strides, 2, samples), dtype=np.float32)
    for p in range(people):
        for s in range(strides):
            tempo, shift = rng.normal(1, 0.04), rng.uniform(-0.6, 0.6)
            waves = np.sin(np.arange(1, 6)[None, :, None] * (tempo * t + shift)[None, None] + lag[p][:, :, None])
            clean = (size[p][:, :, None] * waves).sum(1)
            out[p, s] = rng.normal(1, 0.15) * clean + rng.normal(0, 0.35, (2, samples))
    return torch.from_numpy(out)


class Encoder(nn.Module):
    def __init__(self, width=24, dim=20):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(2, width, 7, padding=3, padding_mode="circular"), nn.ReLU(),
            nn.Conv1d(width, width, 5, stride=2, padding=2), nn.GroupNorm(4, width), nn.ReLU(),
            nn.Conv1d(width, 2 * width, 5, stride=2, padding=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(4), nn.Flatten(),
        )
        self.head = nn.Linear(8 * width, dim)

    def forward(self, strides):
        return F.normalize(self.head(self.body(strides)), dim=-1)


class Matcher(nn.Module):
    """Score of a pair: above zero means the same walker."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.sharpness = nn.Parameter(torch.tensor(6.0))
        self.cut = nn.Parameter(torch.tensor(0.5))

    def forward(self, left, right):
        alike = (self.encoder(left) * self.encoder(right)).sum(-1)
        return self.sharpness * (alike - self.cut)


def draw(signals, count):
    """Half of the pairs come from one walker, half from two."""
    people, strides = signals.shape[:2]
    left = torch.randint(people, (count,))
    same = torch.arange(count) % 2 == 0
    right = torch.where(same, left, (left + torch.randint(1, people, (count,))) % people)
    return signals[left, torch.randint(strides, (count,))], signals[right, torch.randint(strides, (count,))], same.float()


def pair_loss(score, same):
    yes, no = F.logsigmoid(score), F.logsigmoid(-score)
    per_pair = same * yes + (1 - same) * no
    return per_pair.mean()  #~ return -per_pair.mean()


signals = record(args.walkers, args.strides)
strangers = record(20, args.strides)  # walkers that are never trained on
check = draw(strangers, 1200)

model = Matcher()
optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr, alpha=0.98)
print(f"{sum(p.numel() for p in model.parameters())} parameters, {args.walkers * args.strides} strides")

for step in range(1, args.steps + 1):
    model.train()
    left, right, same = draw(signals, args.pairs)
    # small shifts in time, drawn per pair side
    left = torch.roll(left, int(torch.randint(-3, 4, ())), dims=-1)
    loss = pair_loss(model(left, right), same)
    model.zero_grad()
    loss.backward()
    optimizer.step()

    if step % 40 == 0:
        model.eval()
        with torch.inference_mode():
            score = model(check[0], check[1])
        right_calls = ((score > 0).float() == check[2]).float().mean().item()
        auc = roc_auc_score(check[2].numpy(), score.numpy())
        print(f"{step:4d} loss {loss.item():8.4f}  strangers: right {right_calls:.3f} auc {auc:.3f}")
