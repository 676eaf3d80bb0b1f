"""Train a digit recogniser on the scans in ./scans."""

import pathlib
import time

import torch
from torch import nn
from torch.utils.data import DataLoader

from data import Scans, split
from model import DigitNet

EPOCHS = 6
LEARNING_RATE = 3e-3


def run_epoch(model, loader, criterion, optimizer=None):
    training = optimizer is not None
    model.train(training)
    loss_sum = correct = seen = 0
    with torch.set_grad_enabled(training):
        for images, labels in loader:
            scores = model(images)
            loss = criterion(scores, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct += (scores.argmax(1) == labels).sum().item()
            seen += len(labels)
    return loss_sum / seen, correct / seen


def main():
    torch.manual_seed(7)
    train_set, val_set = split(Scans(pathlib.Path("scans")))
    train_loader = DataLoader(train_set, batch_size=48, shuffle=True, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=200)
    model = DigitNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4)
    started = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = run_epoch(model, val_loader, criterion)
        print(f"{epoch}/{EPOCHS}  train {train_loss:.3f} ({train_acc:.1%})  val {val_loss:.3f} ({val_acc:.1%})")
    print(f"{time.perf_counter() - started:.1f} s")
    torch.save(model.state_dict(), "digitnet.pt")


if __name__ == "__main__":
    main()
