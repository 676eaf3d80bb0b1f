"""Recover the knots of a surface from noisy profiles."""
import json

import numpy as np
import torch
from torch.optim.lr_scheduler import ExponentialLR
from torch.utils.data import DataLoader, TensorDataset

from model import Knots


def datasets(path, held_out=400):
    with np.load(path) as archive:
        profile, knots = torch.from_numpy(archive["profile"]), torch.from_numpy(archive["knots"])
    return TensorDataset(profile[held_out:], knots[held_out:]), TensorDataset(profile[:held_out], knots[:held_out])


@torch.no_grad()
def rmse(model, dataset):
    model.eval()
    profile, knots = dataset.tensors
    return (model(profile) - knots).square().mean().sqrt().item()


def main():
    config = json.load(open("config.json"))
    torch.manual_seed(314)
    train_set, test_set = datasets("profiles.npz")
    loader = DataLoader(train_set, batch_size=config["batch_size"])
    model = Knots()
    opt = config["optimizer"]
    optimizer = torch.optim.Adam(model.parameters(), lr=opt["lr"], betas=tuple(opt["betas"]), eps=opt["eps"], weight_decay=1e-4)
    scheduler = ExponentialLR(optimizer, gamma=config["schedule"]["gamma"])
    loss_fn = torch.nn.HuberLoss(delta=2.0)

    print(f"rmse at the start {rmse(model, test_set):.4f}")
    for epoch in range(config["epochs"]):
        model.train()
        total = 0.0
        for profile, knots in loader:
            loss = loss_fn(model(profile), knots)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if config["schedule"]["unit"] == "batch":
                scheduler.step()
            total += loss.item()
        if config["schedule"]["unit"] == "epoch":
            scheduler.step()
        print(f"epoch {epoch + 1}  loss {total / len(loader):.4f}  test rmse {rmse(model, test_set):.4f}")


if __name__ == "__main__":
    main()
