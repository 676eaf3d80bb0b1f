import argparse
import time
from pathlib import Path

import torch
from torch import nn

from keypad import KEYS, KeypadNet, load_presses


def parse():
    p = argparse.ArgumentParser(description="Recognise telephone keys from raw audio")
    p.add_argument("--data", type=Path, default=Path(__file__).with_name("presses.npz"))
    p.add_argument("--epochs", type=int, default=7)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--lr", type=float, default=1.5e-2)
    p.add_argument("--width", type=int, default=16)
    p.add_argument("--seed", type=int, default=11)
    return p.parse_args()


@torch.no_grad()
def validate(model, loader):
    model.eval()
    hits = count = 0
    total = 0.0
    for wave, key in loader:
        logits = model(wave)
        total += nn.functional.cross_entropy(logits, key, reduction="sum").item()
        hits += (logits.argmax(dim=1) == key).sum().item()
        count += len(key)
    return total / count, hits / count


def main():
    args = parse()
    torch.manual_seed(args.seed)
    train_loader, val_loader = load_presses(args.data, args.batch_size)
    model = KeypadNet(len(KEYS), args.width)
    print(model.describe())
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.lr, total_steps=args.epochs * len(train_loader), pct_start=0.2)

    start = time.time()
    for epoch in range(1, args.epochs + 1):
        model.train()
        running = 0.0
        for wave, key in train_loader:
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(wave), key)
            loss.backward()
            optimizer.step()
            schedule.step()
            running += loss.item()
        val_loss, val_acc = validate(model, val_loader)
        print(f"epoch {epoch:2d}  train {running / len(train_loader):.3f}  val {val_loss:.3f}  acc {val_acc:.3f}")
    print(f"done in {time.time() - start:.1f} s, validation accuracy {val_acc:.3f}")


if __name__ == "__main__":
    main()
