"""Where in the frame is the spot?"""
import json

import torch
from torch import nn
from torch.utils.data import DataLoader

from data import Frames
from model import network


def explained(model, loader):
    model.eval()
    outputs, targets = [], []
    with torch.no_grad():
        for pixels, target in loader:
            outputs.append(model(pixels))
            targets.append(target)
    model.train()
    outputs, targets = torch.cat(outputs), torch.cat(targets)
    return 1 - ((outputs - targets) ** 2).mean(0) / targets.var(0)


def main():
    with open("regress.json") as f:
        options = json.load(f)
    torch.manual_seed(2024)
    train = DataLoader(Frames("frames.npz", "train", options["pixel_divisor"]), batch_size=options["batch"], shuffle=False)
    held_out = DataLoader(Frames("frames.npz", "test", options["pixel_divisor"]), batch_size=240)

    model = network(options["dropout"])
    loss_fn = nn.SmoothL1Loss(beta=0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=options["lr"], momentum=options["momentum"], weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.2, total_iters=options["epochs"])

    print("explained variance at the start:", [round(v, 3) for v in explained(model, held_out).tolist()])
    for epoch in range(options["epochs"]):
        losses = []
        for pixels, target in train:
            optimizer.zero_grad()
            loss = loss_fn(model(pixels), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        schedule.step()
        row, column = explained(model, held_out).tolist()
        print(f"epoch {epoch + 1}: loss {torch.stack(losses).mean():.4f}   row r2 {row:.3f}   column r2 {column:.3f}")


if __name__ == "__main__":
    main()
