"""Delay of a bus at the next stop (five grades), from line, stop, hour, weather and the delay so far."""
import pathlib
import tomllib

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

CONFIG = tomllib.loads(pathlib.Path(__file__).with_name("delays.toml").read_text())
GRADES = 5


def journeys(count, rng):
    line = rng.integers(0, 12, count)
    stop = rng.integers(0, 30, count)
    hour = rng.integers(5, 24, count)
    rain = rng.random(count) < 0.3
    so_far = rng.gamma(1.5, 1.2, count) - 0.5
    busy_line = np.random.default_rng(1).normal(0, 1.2, 12)
    slow_stop = np.random.default_rng(2).normal(0, 1.2, 30)
    rush = np.exp(-((hour - 8) / 1.5) ** 2) + np.exp(-((hour - 17) / 2.0) ** 2)
    score = 0.9 * so_far + busy_line[line] * (0.5 + rush) + slow_stop[stop] + 1.2 * rush * (1 + rain) + 0.5 * rain
    score = score + 0.25 * rng.normal(size=count)
    grade = np.digitize(score, [0.2, 1.4, 2.6, 4.0])
    numbers = np.stack([(hour - 14) / 5, rain * 2.0 - 0.6, (so_far - 1.3) / 1.5], axis=1)
    return (torch.from_numpy(np.stack([line, stop], axis=1)), torch.from_numpy(numbers.astype(np.float32)),
            torch.from_numpy(grade))


class Delay(nn.Module):
    """Cumulative model: one score, four thresholds; the grade is the number of thresholds passed."""

    def __init__(self, width):
        super().__init__()
        self.line = nn.Embedding(12, 8)
        self.stop = nn.Embedding(30, 8)
        self.net = nn.Sequential(nn.Linear(19, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
                                 nn.Linear(width, 1, bias=False))
        self.thresholds = nn.Parameter(torch.linspace(-1, 1, GRADES - 1))
        with torch.no_grad():
            self.net[-1].weight.mul_(0.1)

    def forward(self, names, numbers):
        z = torch.cat([self.line(names[:, 0]), self.stop(names[:, 1]), numbers], dim=1)
        return self.net(z) - self.thresholds


def ordinal_loss(passes, grade):
    passed = (grade.unsqueeze(1) > torch.arange(GRADES - 1)).float()
    return nn.functional.binary_cross_entropy_with_logits(passes, passed, reduction="none").sum(1).mean()


def ramp(rise, fall_from, total):
    def factor(step):
        if step < rise:
            return (step + 1) / rise
        return max(0.1, 1 - max(0, step - fall_from) / (total - fall_from))
    return factor


def main():
    fit = CONFIG["fit"]
    torch.manual_seed(fit["seed"])
    rng = np.random.default_rng(fit["seed"])
    names, numbers, grade = journeys(4000, rng)
    new_names, new_numbers, new_grade = journeys(1000, rng)

    net = Delay(CONFIG["model"]["width"])
    optimizer = torch.optim.RAdam(net.parameters(), lr=fit["lr"], betas=(0.9, 0.98), weight_decay=1e-5)
    total = fit["laps"] * (len(grade) // fit["batch"])
    schedule = LambdaLR(optimizer, ramp(fit["rise"], int(0.6 * total), total))
    for lap in range(1, fit["laps"] + 1):
        order = rng.permutation(len(grade))
        running = 0.0
        for part in np.array_split(order, total // fit["laps"]):
            take = torch.from_numpy(part)
            loss = ordinal_loss(net(names[take], numbers[take]), grade[take])
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), fit["clip"])
            optimizer.step()
            schedule.step()
            net.zero_grad()
            running = loss.item() if lap == 1 and running == 0 else 0.9 * running + 0.1 * loss.item()
        with torch.no_grad():
            guess = (net(new_names, new_numbers) > 0).sum(1)
        right = (guess == new_grade).float().mean().item()
        away = (guess - new_grade).abs().float().mean().item()
        print(f"lap {lap:2d}  loss {running:.3f}  right grade {right:.3f}  grades away {away:.3f}")
    print("most frequent grade:", round(new_grade.bincount().max().item() / len(new_grade), 3))


if __name__ == "__main__":
    main()
