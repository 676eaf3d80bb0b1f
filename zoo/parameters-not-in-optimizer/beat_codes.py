"""A family of heart beats: one decoder for all, and for every beat a short code that is found together with it."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass(frozen=True)
class Plan:
    beats: int = 240
    samples: int = 40
    code: int = 6
    width: int = 64
    batch: int = 24
    epochs: int = 50
    lr: float = 4e-3
    code_penalty: float = 1e-4


def beat(t, p):
    """P wave, QRS complex and T wave of one beat at times t in [0, 1]."""
    bump = lambda at, wide, high: high * np.exp(-(((t - at) / wide) ** 2))  # noqa: E731
    return (
        bump(0.22 + 0.03 * p[0], 0.035, 0.25)
        - bump(0.40, 0.015 + 0.004 * p[1], 0.2)
        + bump(0.43, 0.025 + 0.006 * p[1], 1.2 + 0.35 * p[2])
        - bump(0.48 + 0.015 * p[1], 0.025, 0.35 + 0.15 * p[2])
        + bump(0.70 + 0.08 * p[3], 0.07, 0.4 + 0.3 * p[4])
    )


def record(plan, seed=404):
    rng = np.random.default_rng(seed)
    kinds = np.clip(rng.normal(0, 1, (plan.beats, 5)), -2, 2)
    times = np.sort(rng.uniform(0, 1, (plan.beats, plan.samples)), axis=1)
    values = np.stack([beat(t, p) for t, p in zip(times, kinds)])
    values += rng.normal(0, 0.02, values.shape)
    return torch.tensor(times, dtype=torch.float32), torch.tensor(values, dtype=torch.float32)


class Decoder(nn.Module):
    def __init__(self, code, width, harmonics=8):
        super().__init__()
        self.register_buffer("harmonics", torch.arange(1, harmonics + 1) * torch.pi)
        self.lift = nn.Linear(code, width)
        self.enter = nn.Linear(2 * harmonics, width)
        self.body = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.out = nn.Linear(width, 1)

    def forward(self, code, t):
        phase = t[..., None] * self.harmonics
        waves = self.enter(torch.cat([phase.sin(), phase.cos()], dim=-1))
        style = self.lift(code)[:, None, :]
        return self.out(self.body(waves * (1 + style) + style))[..., 0]


class AutoDecoder:
    def __init__(self, plan):
        self.plan = plan
        self.decoder = Decoder(plan.code, plan.width)
        self.codes = nn.Embedding(plan.beats, plan.code)
        nn.init.normal_(self.codes.weight, std=0.05)
        parameters = list(self.decoder.parameters())  #~ parameters = [*self.decoder.parameters(), *self.codes.parameters()]
        self.optimizer = torch.optim.AdamW(parameters, lr=plan.lr, weight_decay=0.0)
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, milestones=[34, 44], gamma=0.3)

    def epoch(self, times, values, keep):
        total = 0.0
        for who in torch.randperm(self.plan.beats).split(self.plan.batch):
            code = self.codes(who)
            off = self.decoder(code, times[who]) - values[who]
            fit = (off.square() * keep[who]).sum() / keep[who].sum()
            loss = fit + self.plan.code_penalty * code.square().sum(1).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += fit.item() * len(who)
        self.scheduler.step()
        return total / self.plan.beats

    @torch.no_grad()
    def unseen(self, times, values, keep):
        off = (self.decoder(self.codes.weight, times) - values)[~keep]
        return 1 - off.square().mean().item() / values[~keep].var().item()


def main():
    plan = Plan()
    torch.manual_seed(17)
    times, values = record(plan)
    keep = torch.rand(times.shape) < 0.85  # the other samples are for checking
    family = AutoDecoder(plan)
    for epoch in range(1, plan.epochs + 1):
        loss = family.epoch(times, values, keep)
        if epoch % 5 == 0:
            size = family.codes.weight.norm(dim=1).mean().item()
            print(f"epoch {epoch:2d}  loss {loss:.5f}  R2 on unseen samples {family.unseen(times, values, keep):.3f}  code size {size:.2f}")


if __name__ == "__main__":
    main()
