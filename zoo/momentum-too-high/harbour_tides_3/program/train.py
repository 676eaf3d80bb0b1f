"""Water level at a harbour for the coming six hours, from the last two days of levels, wind and pressure."""
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn


@dataclass
class Setup:
    width: int = 48
    lr: float = 0.002
    betas: list = field(default_factory=lambda: [0.9, 0.999])
    decay: float = 0.001
    laps: int = 12
    batch: int = 40
    seed: int = 0

    @classmethod
    def from_file(cls, path):
        return cls(**json.loads(Path(path).read_text()))


def gauge(hours, rng):
    """Two tides, and a surge that follows wind (slowly) and pressure."""
    t = np.arange(hours)
    wind = np.zeros(hours)
    press = np.zeros(hours)
    surge = np.zeros(hours)
    for h in range(1, hours):
        wind[h] = 0.97 * wind[h - 1] + rng.normal(0, 0.12)
        press[h] = 0.98 * press[h - 1] + rng.normal(0, 0.08)
        surge[h] = 0.9 * surge[h - 1] + 0.1 * (0.8 * wind[h] * abs(wind[h]) ** 0.5 - 0.5 * press[h])
    tide = 1.4 * np.sin(2 * np.pi * t / 12.42) + 0.6 * np.sin(2 * np.pi * t / 12.0 + 1) + 0.3 * np.sin(2 * np.pi * t / 25.8)
    return np.stack([tide + surge + rng.normal(0, 0.02, hours), wind, press], axis=1).astype(np.float32)


def windows(series, back=48, ahead=6):
    starts = np.arange(back, len(series) - ahead)
    past = np.stack([series[s - back:s] for s in starts])
    future = np.stack([series[s:s + ahead, 0] for s in starts])
    return torch.from_numpy(past), torch.from_numpy(future)


class Harbour(nn.Module):
    """A gated convolution over the past and a linear shortcut from the latest level."""

    def __init__(self, width, ahead=6):
        super().__init__()
        self.value = nn.Conv1d(3, width, 7, stride=3)
        self.gate = nn.Conv1d(3, width, 7, stride=3)
        self.mix = nn.Linear(width * 14, width, bias=False)
        self.out = nn.Linear(width, ahead)
        nn.init.normal_(self.out.weight, std=0.01)

    def forward(self, past):
        x = past.transpose(1, 2)
        h = torch.tanh(self.value(x)) * torch.sigmoid(self.gate(x))
        return past[:, -1:, 0] + self.out(torch.relu(self.mix(h.flatten(1))))


def main():
    setup = Setup.from_file(Path(__file__).with_name("setup.json"))
    torch.manual_seed(setup.seed)
    rng = np.random.default_rng(setup.seed)
    past, future = windows(gauge(2600, rng))
    late_past, late_future = windows(gauge(700, rng))

    net = Harbour(setup.width)
    gates = {id(p) for p in net.gate.parameters()}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in net.parameters() if id(p) not in gates]},
         {"params": list(net.gate.parameters()), "lr": setup.lr / 2}],
        lr=setup.lr, betas=tuple(setup.betas), weight_decay=setup.decay)
    trend = torch.arange(6, 0, -1) / 6 + 0.5      # the near hours count a little more
    for lap in range(setup.laps):
        rows, losses = torch.randperm(len(past)), []
        for k in range(0, len(rows) - setup.batch, setup.batch):
            take = rows[k:k + setup.batch]
            miss = net(past[take]) - future[take]
            loss = (trend * torch.log(torch.cosh(miss))).mean()
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            off = (net(late_past) - late_future).abs()
        print(f"lap {lap:2d}  loss {np.mean(losses):.4f}  off by {100 * off.mean().item():.1f} cm,"
              f" sixth hour {100 * off[:, 5].mean().item():.1f} cm")
    stay = (late_past[:, -1:, 0] - late_future).abs().mean().item()
    print(f"level stays as it is: off by {100 * stay:.1f} cm")


if __name__ == "__main__":
    main()
