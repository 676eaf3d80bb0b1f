"""Multiple-instance learning: a dish is positive if at least two of its swabs show the marker pattern."""
import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def dishes(n, rng, swabs=20, features=16):
    """Every swab is a noisy spectrum; a few swabs of positive dishes carry the marker, some of all dishes a bright decoy."""
    marker = np.zeros(features)
    marker[[2, 5, 9]] = (1.5, -1.5, 1.5)
    bags = rng.normal(size=(n, swabs, features))
    label = rng.integers(0, 2, n)
    for i in range(n):
        bright = rng.choice(swabs, 6, replace=False)
        bags[i, bright, 12:] += 2.0
        carriers = rng.choice(swabs, 2 if label[i] else 0, replace=False)
        bags[i, carriers] += marker * 1.1
    return torch.tensor(bags, dtype=torch.float32), torch.tensor(label, dtype=torch.float32)


class AttentionPooling(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.tanh_part = nn.Linear(features, hidden)
        self.gate_part = nn.Linear(features, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)

    def weights(self, swabs):
        gated = torch.tanh(self.tanh_part(swabs)) * torch.sigmoid(self.gate_part(swabs))
        return F.softmax(4.0 * self.score(gated), dim=1)

    def forward(self, swabs):
        attention = self.weights(swabs)
        self.last = attention.squeeze(-1).detach()
        return (attention.detach() * swabs).sum(dim=1)  #~ return (attention * swabs).sum(dim=1)


class DishClassifier(nn.Module):
    def __init__(self, features=16, hidden=24):
        super().__init__()
        self.pool = AttentionPooling(features, hidden)
        self.decide = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, 1))

    def forward(self, bags):
        return self.decide(self.pool(bags)).squeeze(-1)


def auc(scores, labels):
    positive, negative = scores[labels == 1], scores[labels == 0]
    return (positive[:, None] > negative[None]).float().mean().item()


def check(model, bags, labels):
    model.eval()
    with torch.no_grad():
        scores = model(bags)
    focus = model.pool.last.max(dim=1).values.mean().item()
    return ((scores > 0).float() == labels).float().mean().item(), auc(scores, labels), focus


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--lr", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=23)
    args = parser.parse_args()

    rng = np.random.default_rng(args.seed)
    torch.manual_seed(args.seed)
    bags, labels = dishes(1600, rng)
    val_bags, val_labels = dishes(400, rng)
    model = DishClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=1e-5)
    best = 0.0
    for epoch in range(1, args.epochs + 1):
        model.train()
        losses = []
        order = torch.from_numpy(rng.permutation(len(bags)))
        for rows in order.split(args.batch):
            shuffled = bags[rows][:, torch.randperm(bags.shape[1])]
            loss = F.binary_cross_entropy_with_logits(model(shuffled), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        right, area, focus = check(model, val_bags, val_labels)
        best = max(best, area)
        if epoch % 2 == 0:
            print(f"epoch {epoch:2d}  loss {np.mean(losses):.4f}  right {right:.3f}  auc {area:.3f}  largest weight {focus:.2f}")
    print(f"best auc {best:.3f}")


if __name__ == "__main__":
    main()
