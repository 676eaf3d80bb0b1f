"""State of a machine from short vibration traces, streamed from disk."""
import json
import random

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, IterableDataset


class TraceStream(IterableDataset):
    """Reads traces line by line and hands them out through a buffer, so that large logs need not fit in memory."""

    def __init__(self, files, buffer, seed=0):
        self.files, self.buffer = files, buffer
        self.rng = random.Random(seed)

    def lines(self):
        for path in self.files:
            with open(path) as f:
                yield from f

    def __iter__(self):
        held = []
        for line in self.lines():
            held.append(line)
            if len(held) >= self.buffer:
                yield self.parse(held.pop(self.rng.randrange(len(held))))
        self.rng.shuffle(held)
        for line in held:
            yield self.parse(line)

    @staticmethod
    def parse(line):
        values = [float(v) for v in line.split(",")]
        return torch.tensor(values[:-1]).unsqueeze(0), int(values[-1])


class TraceNet(nn.Module):
    def __init__(self, channels, states):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, channels, 7, padding=3, bias=True),
            nn.GroupNorm(4, channels),
            nn.ReLU(),
            nn.Conv1d(channels, 2 * channels, 5, padding=2),
            nn.ReLU(),
            nn.AdaptiveMaxPool1d(4),
            nn.Flatten(),
            nn.Dropout(0.2),
        )
        self.head = nn.Linear(8 * channels, states)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, traces):
        return self.head(self.body(traces)).log_softmax(dim=1)


@torch.no_grad()
def check(model, loader):
    model.eval()
    correct = seen = 0
    for traces, state in loader:
        correct += int((model(traces).argmax(1) == state).sum())
        seen += len(state)
    model.train()
    return correct / seen


if __name__ == "__main__":
    cfg = json.load(open("stream.json"))
    torch.manual_seed(6)
    model = TraceNet(cfg["channels"], states=6)
    loader = DataLoader(TraceStream(cfg["files"], cfg["buffer"]), batch_size=cfg["batch"], drop_last=True)
    check_loader = DataLoader(list(TraceStream(["check.csv"], 1)), batch_size=200)
    optimizer = torch.optim.SGD(model.parameters(), lr=cfg["lr"], momentum=cfg["momentum"], weight_decay=1e-3)
    criterion = nn.CrossEntropyLoss()

    print(f"parameters {sum(p.numel() for p in model.parameters())}, accuracy before {check(model, check_loader):.3f}")
    for epoch in range(1, cfg["epochs"] + 1):
        mean, steps = 0.0, 0
        for traces, state in loader:
            loss = criterion(model(traces), state)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            steps += 1
            mean += (loss.item() - mean) / steps
        print(f"epoch {epoch}: loss {mean:.4f}, accuracy {check(model, check_loader):.3f}")
