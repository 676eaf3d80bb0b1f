"""Character-level language model; everything about a run is in config.json."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

from model import CharModel

ROOT = Path(__file__).resolve().parent


def next_char_loss(model, tokens):
    scores = model(tokens[:, :-1])
    return F.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten())


def windows(data, starts, size):
    return torch.stack([data[s : s + size + 1] for s in starts])


def main():
    config = json.loads((ROOT / "config.json").read_text())
    torch.manual_seed(config["seed"])
    text = (ROOT / config["text"]).read_text()
    alphabet = sorted(set(text))
    lookup = {letter: i for i, letter in enumerate(alphabet)}
    data = torch.tensor([lookup[letter] for letter in text])
    cut = int(0.9 * len(data))
    train, val = data[:cut], data[cut:]
    size = config["context"]
    val_batch = windows(val, range(0, len(val) - size - 1, size), size)
    print(f"{len(train)} letters to train on, {len(val)} to validate, alphabet of {len(alphabet)}")

    model = CharModel(len(alphabet), config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config["lr"], total_steps=config["steps"], pct_start=0.1)

    for step in range(1, config["steps"] + 1):
        model.train()
        starts = torch.randint(len(train) - size - 1, (config["batch"],)).tolist()
        loss = next_char_loss(model, windows(train, starts, size))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            model.eval()
            with torch.no_grad():
                val_loss = next_char_loss(model, val_batch).item()
            print(f"step {step:4d}  train {loss.item():.3f}  val {val_loss:.3f} nats a letter")


if __name__ == "__main__":
    main()
