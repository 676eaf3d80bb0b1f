"""Character-level model of folk melodies with separate weight decay for matrices."""
import argparse

import torch
import torch.nn.functional as F
from torch import nn

NOTES = "CDEFGABcdefgab|"


def compose(bars, generator):
    """A simple grammar: every bar climbs or falls in steps and starts where the last one ended."""
    out, position = [], 4
    for _ in range(bars):
        direction = 1 if torch.rand((), generator=generator) < 0.5 else -1
        for _ in range(4):
            out.append(position)
            leap = 2 if torch.rand((), generator=generator) < 0.1 else 1
            position += direction * leap
            if not 0 <= position < 14:
                direction = -direction
                position = max(0, min(13, position))
        out.append(14)
    return torch.tensor(out)


class MelodyModel(nn.Module):
    def __init__(self, dim=24, hidden=48):
        super().__init__()
        self.embedding = nn.Embedding(len(NOTES), dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, len(NOTES))

    def forward(self, x):
        h, _ = self.lstm(self.embedding(x))
        return self.head(self.norm(h))


def parameter_groups(model, weight_decay):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        if name.endswith("bias") or "norm" in name:
            no_decay.append(p)
        elif name.endswith("weight"):  #~ else:
            decay.append(p)
    return [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]


def batches(tune, length, batch_size):
    starts = torch.randperm(len(tune) - length - 1)[: 40 * batch_size]
    for chunk in starts.split(batch_size):
        index = chunk[:, None] + torch.arange(length)
        yield tune[index], tune[index + 1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-2)
    args = parser.parse_args()
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(0)
    train_tune, val_tune = compose(1500, g), compose(200, g)

    model = MelodyModel()
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.01), lr=args.lr)
    print("training", sum(p.numel() for group in optimizer.param_groups for p in group["params"]), "parameters")
    for epoch in range(args.epochs):
        model.train()
        total, steps = 0.0, 0
        for x, y in batches(train_tune, args.length, args.batch_size):
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        model.eval()
        with torch.no_grad():
            val = F.cross_entropy(model(val_tune[None, :-1])[0], val_tune[1:]).item()
        print(f"epoch {epoch}: train {total / steps:.4f}, val {val:.4f}")


if __name__ == "__main__":
    main()
