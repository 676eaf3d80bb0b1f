"""Route support tickets to a queue from a bag of words."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

QUEUES = {
    "billing": "invoice refund charge card payment amount tax receipt currency subscription renewal plan price coupon bank".split(),
    "network": "router cable signal wifi latency packet vpn firewall modem outage dns port tunnel gateway bandwidth".split(),
    "account": "password login email username reset profile locked token session avatar verify signup identity phone access".split(),
    "hardware": "screen battery fan keyboard charger noise broken hinge button camera speaker overheating case usb dock".split(),
    "shipping": "parcel courier address delivery tracking delayed warehouse label return customs box signature route depot order".split(),
}
COMMON = "please help the my is not working since yesterday again with a to and I cannot it when after new support team thanks".split()
VOCAB = sorted({w for words in QUEUES.values() for w in words} | set(COMMON))


def make_tickets(n, generator):
    names = list(QUEUES)
    counts, labels = torch.zeros(n, len(VOCAB)), torch.zeros(n, dtype=torch.long)
    position = {w: i for i, w in enumerate(VOCAB)}
    for row in range(n):
        label = int(torch.randint(len(names), (1,), generator=generator))
        labels[row] = label
        for _ in range(10):
            counts[row, position[COMMON[int(torch.randint(len(COMMON), (1,), generator=generator))]]] += 1
        for _ in range(3):
            topic = QUEUES[names[label]]
            counts[row, position[topic[int(torch.randint(len(topic), (1,), generator=generator))]]] += 1
        other = QUEUES[names[int(torch.randint(len(names), (1,), generator=generator))]]
        counts[row, position[other[int(torch.randint(len(other), (1,), generator=generator))]]] += 1
    return counts, labels


class Router(nn.Module):
    def __init__(self, n_words, n_classes, width, depth):
        super().__init__()
        sizes = [n_words] + [width] * depth
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.out = nn.Linear(width, n_classes)
        for layer in self.hidden:
            nn.init.normal_(layer.weight)  #~ nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.out(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--depth", type=int, default=4)
    args = parser.parse_args()

    generator = torch.Generator().manual_seed(5)
    torch.manual_seed(5)
    x, y = make_tickets(2400, generator)
    train, val = random_split(range(len(y)), [1900, 500], generator=generator)
    mean, std = x[train.indices].mean(0), x[train.indices].std(0)
    x = (x - mean) / std
    train_loader = DataLoader(TensorDataset(x[train.indices], y[train.indices]), batch_size=50, shuffle=True)

    model = Router(len(VOCAB), len(QUEUES), args.width, args.depth)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            scores = model(x[val.indices])
            val_loss = loss_fn(scores, y[val.indices]).item()
            accuracy = (scores.argmax(-1) == y[val.indices]).float().mean().item()
        print(f"epoch {epoch + 1} train {total / len(train_loader):.4f} val {val_loss:.4f} accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
