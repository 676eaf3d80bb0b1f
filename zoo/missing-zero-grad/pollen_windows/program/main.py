"""Predict the day's pollen count from three weeks of weather."""
import pathlib
import sys

import torch

from model import PollenGRU
from trainer import Trainer
from weather import loaders

EPOCHS = 12
LR = float(sys.argv[1]) if len(sys.argv) > 1 else 2e-3


def main():
    torch.manual_seed(2020)
    here = pathlib.Path(__file__).resolve().parent
    train, val, typical = loaders(here / "pollen.csv")
    print(f"{len(train.dataset)} windows to train on, {len(val.dataset)} to validate; mean count {typical:.1f}")
    model = PollenGRU(typical=typical)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.3)
    history = Trainer(model, optimizer, scheduler).fit(train, val, EPOCHS)
    best = min(range(EPOCHS), key=history.val.__getitem__)
    print(f"last: nll {history.val[-1]:.3f}, mae {history.mae[-1]:.2f}   (best nll {history.val[best]:.3f} in epoch {best + 1})")


if __name__ == "__main__":
    main()
