"""Pollen counts from the weather: a Poisson network with optional virtual batches."""
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).resolve().parent
COLUMNS = {"temp_c": (15, 5), "wind_ms": (4, 3), "humidity": (50, 20), "rain_mm": (4, 4), "season": (0.5, 0.25)}


def table(path):
    rows = np.genfromtxt(path, delimiter=",", names=True)
    x = np.column_stack([(rows[name] - centre) / width for name, (centre, width) in COLUMNS.items()])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(rows["count"], dtype=torch.float32)


class PoissonNet(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.05))
        self.rate = nn.Linear(width, 1)
        with torch.no_grad():
            self.rate.weight.mul_(0.1)
            self.rate.bias.fill_(1.0)

    def forward(self, x):
        return self.rate(self.net(x)).squeeze(-1)


def deviance(model, x, y):
    model.eval()
    with torch.no_grad():
        mu = model(x).exp()
    model.train()
    return (2 * (torch.xlogy(y, y / mu) - (y - mu))).mean().item()


def run(config):
    torch.manual_seed(config.get("seed", 71))
    x, y = table(HERE / "pollen.csv")
    fit, held = slice(0, 2000), slice(2000, None)
    model = PoissonNet(x.shape[1], config["width"])
    opt = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=config["momentum"], weight_decay=1e-3)
    loss_fn = nn.PoissonNLLLoss(log_input=True)
    order = np.random.default_rng(0).permutation(2000)

    null = y[fit].mean()
    print(f"null deviance {(2 * (torch.xlogy(y[held], y[held] / null) - (y[held] - null))).mean().item():.3f}, "
          f"untrained {deviance(model, x[held], y[held]):.3f}")
    step = 0
    for epoch in range(config["epochs"]):
        losses = []
        for start in range(0, len(order), config["batch"]):
            rows = torch.from_numpy(order[start:start + config["batch"]])
            if step % config["clear_every"] == 0:
                opt.zero_grad(set_to_none=False)
            loss = loss_fn(model(x[fit][rows]), y[fit][rows])
            (loss / config["step_every"]).backward()
            step += 1
            if step % config["step_every"] == 0:
                nn.utils.clip_grad_value_(model.parameters(), 5.0)
                opt.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}  loss {np.mean(losses):.4f}  held-out deviance {deviance(model, x[held], y[held]):.3f}")


if __name__ == "__main__":
    run(json.loads((HERE / "pollen.json").read_text()))
