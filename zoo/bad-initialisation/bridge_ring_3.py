"""Bridge vibrations after a passing lorry: frequency, damping and onset from one noisy recording."""
import math
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass(frozen=True)
class Config:
    samples: int = 96
    patch: int = 8
    width: int = 48
    heads: int = 3
    depth: int = 3
    mlp: int = 2
    init_std: float = 0.9  #~ init_gain: float = 1.0
    recordings: int = 2000
    micro: int = 20
    accumulate: int = 2
    epochs: int = 8
    lr: float = 2e-3
    seed: int = 33


def ring(count, cfg, generator):
    u = torch.rand(count, 4, generator=generator)
    frequency, damping, onset, phase = u.unbind(1)
    t = torch.arange(cfg.samples) / cfg.samples
    since = (t - 0.4 * onset[:, None]).clamp(min=0)
    wave = torch.sin(2 * math.pi * (3 + 7 * frequency[:, None]) * since + 6.3 * phase[:, None] * (since > 0))
    clean = wave * torch.exp(-(1 + 6 * damping[:, None]) * since) * (since > 0)
    noisy = clean + 0.1 * torch.randn(count, cfg.samples, generator=generator)
    return noisy / 0.4, (u[:, :3] - 0.5) * math.sqrt(12)


class Mixer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.heads, self.size = cfg.heads, cfg.width // cfg.heads
        self.qkv = nn.Linear(cfg.width, 3 * cfg.width, bias=False)
        self.back = nn.Linear(cfg.width, cfg.width)
        self.up = nn.Linear(cfg.width, cfg.mlp * cfg.width)
        self.down = nn.Linear(cfg.mlp * cfg.width, cfg.width)
        self.norm1 = nn.LayerNorm(cfg.width)
        self.norm2 = nn.LayerNorm(cfg.width)

    def attend(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, self.size)).unbind(2)
        weight = torch.einsum("nqhd,nkhd->nhqk", q, k) / math.sqrt(self.size)
        return self.back(torch.einsum("nhqk,nkhd->nqhd", weight.softmax(-1), v).flatten(2))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Ringing(nn.Module):
    def __init__(self, cfg, outputs=3):
        super().__init__()
        self.cfg = cfg
        self.patches = nn.Linear(cfg.patch, cfg.width)
        self.place = nn.Parameter(0.1 * torch.randn(cfg.samples // cfg.patch, cfg.width))
        self.mixers = nn.Sequential(*[Mixer(cfg) for _ in range(cfg.depth)])
        self.final = nn.LayerNorm(cfg.width)
        self.read = nn.Linear(cfg.width, outputs)
        self.mixers.apply(self._start)

    def _start(self, module):
        if type(module) is nn.Linear:
            nn.init.normal_(module.weight, std=self.cfg.init_std)  #~ nn.init.xavier_normal_(module.weight, gain=self.cfg.init_gain)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0.0)

    def forward(self, signal):
        x = self.patches(signal.unflatten(1, (-1, self.cfg.patch))) + self.place
        return self.read(self.final(self.mixers(x)).mean(1))


def fit(cfg):
    print(", ".join(f"{k}={v}" for k, v in asdict(cfg).items()))
    torch.manual_seed(cfg.seed)
    generator = torch.Generator().manual_seed(cfg.seed + 1)
    signals, truth = ring(cfg.recordings, cfg, generator)
    check_signals, check_truth = ring(500, cfg, generator)
    model = Ringing(cfg)
    optimizer = torch.optim.RAdam(model.parameters(), lr=cfg.lr, weight_decay=1e-4)
    updates = cfg.epochs * cfg.recordings // (cfg.micro * cfg.accumulate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates, eta_min=cfg.lr / 20)
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for number, rows in enumerate(torch.randperm(cfg.recordings).split(cfg.micro), start=1):
            loss = F.smooth_l1_loss(model(signals[rows]), truth[rows], beta=0.5)
            (loss / cfg.accumulate).backward()
            total += loss.item()
            if number % cfg.accumulate == 0:
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
        model.eval()
        with torch.no_grad():
            wrong = (model(check_signals) - check_truth).square().mean(0)
        r2 = 1 - wrong / check_truth.var(0)
        print(f"epoch {epoch:2d} loss {total / number:.4f} r2 frequency {r2[0]:.3f} damping {r2[1]:.3f} onset {r2[2]:.3f} mean {r2.mean():.3f}")
    return model


if __name__ == "__main__":
    fit(Config())
