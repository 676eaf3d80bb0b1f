"""Asking prices of flats."""
import argparse
import csv
import tomllib

import torch
from torch import nn

FEATURES = ("area", "rooms", "floor", "age", "east", "north")
SCALES = torch.tensor([50.0, 2.0, 8.0, 40.0, 4.0, 4.0])


def load_flats(path, unit):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    features = torch.tensor([[float(r[name]) for name in FEATURES] for r in rows]) / SCALES
    prices = torch.tensor([float(r["price"]) for r in rows]) / unit
    return features, prices


class PriceModel(nn.Module):
    def __init__(self, inputs, width=48):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, width), nn.LayerNorm(width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
        )
        self.price = nn.Linear(width, 1)
        nn.init.zeros_(self.price.weight)

    def forward(self, x):
        return self.price(self.layers(x))[:, 0]


def percent_error(model, features, prices):
    model.eval()
    with torch.no_grad():
        guess = model(features)
    model.train()
    r2 = 1 - ((guess - prices) ** 2).mean() / prices.var(unbiased=False)
    return 100 * ((guess - prices).abs() / prices).median().item(), r2.item()


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="flats.toml")
    parser.add_argument("--data", default="flats.csv")
    args = parser.parse_args(argv)
    with open(args.config, "rb") as f:
        config = tomllib.load(f)
    training = config["training"]
    torch.manual_seed(101)

    features, prices = load_flats(args.data, config["price_unit"])
    test_features, test_prices = features[:400], prices[:400]
    features, prices = features[400:], prices[400:]

    model = PriceModel(features.shape[1])
    groups = [
        {"params": model.layers.parameters(), "weight_decay": 0.01},
        {"params": [model.price.weight, model.price.bias], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=training["lr"], betas=(0.95, 0.99))
    criterion = nn.SmoothL1Loss()
    for epoch in range(1, training["epochs"] + 1):
        total = 0.0
        for start in range(0, len(features), training["batch"]):
            x, y = features[start:start + training["batch"]], prices[start:start + training["batch"]]
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        error, r2 = percent_error(model, test_features, test_prices)
        print(f"{config['title']} epoch {epoch:2d}  loss {total / len(features):.4g}  median error {error:.1f} %  r2 {r2:.3f}")


if __name__ == "__main__":
    main()
