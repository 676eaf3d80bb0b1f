"""Where will a ship be in ten minutes? Forecast of a track from its last reports."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Plan:
    ships: int = 2600
    past: int = 12
    hidden: int = 64
    steps: int = 420
    batch: int = 64
    lr: float = 0.003
    keep: float = 0.9
    seed: int = 26


def tracks(plan, rng):
    """Reports each minute: ships turn slowly, at a speed that changes slowly; positions are noisy."""
    n, total = plan.ships, plan.past + 10
    heading = rng.uniform(0, 2 * np.pi, n)
    speed = rng.gamma(6.0, 0.05, n)
    turn = rng.normal(0, 0.06, n)
    where, path = np.zeros((n, 2)), []
    for _ in range(total):
        turn = turn + rng.normal(0, 0.003, n)
        heading = heading + turn
        speed = np.clip(speed + rng.normal(0, 0.004, n), 0.02, None)
        where = where + speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], 1)
        path.append(where)
    path = np.stack(path, 1)
    seen = path[:, :plan.past] + rng.normal(0, 0.01, (n, plan.past, 2))
    last = seen[:, -1:]
    steps = np.diff(seen, axis=1)
    return steps.astype(np.float32), (path[:, -1] - last[:, 0]).astype(np.float32)


class Forecaster(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.gru = nn.GRU(2, plan.hidden, num_layers=1, batch_first=True)
        self.drop = nn.Dropout(plan.keep)  #~ self.drop = nn.Dropout(1 - plan.keep)
        self.where = nn.Linear(plan.hidden, 2)
        self.spread = nn.Linear(plan.hidden, 1)

    def forward(self, steps):
        states, _ = self.gru(steps)
        h = self.drop(states[:, -1])
        return self.where(h), self.spread(h).clamp(-6, 3)


def gaussian_nll(mean, log_var, target):
    squared = (mean - target).pow(2).sum(1, keepdim=True)
    return (0.5 * squared * torch.exp(-log_var) + log_var).mean()


def run(plan):
    torch.manual_seed(plan.seed)
    steps, goal = tracks(plan, np.random.default_rng(plan.seed))
    x = torch.from_numpy(steps / steps.std())
    y = torch.from_numpy(goal)
    cut = plan.ships - 500
    unit = y[:cut].std()
    y = y / unit

    net = Forecaster(plan)
    optimizer = torch.optim.NAdam(net.parameters(), lr=plan.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.995)
    kept, lowest = None, float("inf")
    for step in range(1, plan.steps + 1):
        net.train()
        rows = torch.randint(cut, (plan.batch,))
        mean, log_var = net(x[rows])
        loss = gaussian_nll(mean, log_var, y[rows]) + 0.5 * F.l1_loss(mean, y[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 60 == 0:
            net.eval()
            with torch.no_grad():
                mean, log_var = net(x[cut:])
                miss = (mean - y[cut:]).norm(dim=1).mean().item() * unit.item()
            if miss < lowest:
                lowest, kept = miss, {k: v.clone() for k, v in net.state_dict().items()}
            print(f"step {step}: loss {loss.item():7.3f}  mean miss {miss:.3f} nm")
    net.load_state_dict(kept)
    print(f"kept weights miss by {lowest:.3f} nm on average; ships travel {y[cut:].norm(dim=1).mean() * unit:.2f} nm")


if __name__ == "__main__":
    run(Plan())
