"""A small transformer encoder reads a machine's event log and names the machine's state."""

import argparse
import json

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset


class EventLogs(Dataset):
    def __init__(self, events_file, states_file):
        with open(events_file) as f:
            logs = [json.loads(line) for line in f]
        with open(states_file) as f:
            states = f.read().split()
        self.events = {name: i for i, name in enumerate(sorted({e for log in logs for e in log}))}
        self.states = {name: i for i, name in enumerate(sorted(set(states)))}
        self.x = torch.tensor([[self.events[e] for e in log] for log in logs])
        self.y = torch.tensor([self.states[s] for s in states])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Encoder(nn.Module):
    def __init__(self, vocabulary, length, classes, dim=32, heads=4):
        super().__init__()
        self.token = nn.Embedding(vocabulary, dim)
        self.position = nn.Parameter(torch.randn(length, dim) * 0.02)
        layer = nn.TransformerEncoderLayer(dim, heads, dim_feedforward=64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, tokens):
        h = self.encoder(self.token(tokens) + self.position)
        return self.head(self.norm(h).mean(dim=1))


def evaluate(model, loader):
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for tokens, states in loader:
            correct += (model(tokens).argmax(-1) == states).sum().item()
            total += len(states)
    return correct / total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", default="events.jsonl")
    parser.add_argument("--states", default="states.txt")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=2e-3)
    args = parser.parse_args()

    torch.manual_seed(0)
    logs = EventLogs(args.events, args.states)
    order = torch.randperm(len(logs)).tolist()
    train_loader = DataLoader(Subset(logs, order[300:]), batch_size=32, shuffle=True)
    val_loader = DataLoader(Subset(logs, order[:300]), batch_size=300)
    model = Encoder(len(logs.events), logs.x.shape[1], len(logs.states))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.2, total_iters=args.epochs)
    criterion = nn.CrossEntropyLoss()
    print("states:", ", ".join(logs.states))

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for tokens, states in train_loader:
            loss = criterion(model(tokens), states)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        print(f"epoch {epoch + 1}: train loss {total / len(train_loader):.4f}, val accuracy {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
