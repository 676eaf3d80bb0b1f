import argparse

import torch
from sklearn.datasets import make_moons
from torch import nn


class MarginClassifier(nn.Module):
    """Two classes coded -1 and +1; the sign of the score decides."""

    def __init__(self, hidden):
        super().__init__()
        self.hidden1 = nn.Linear(2, hidden)
        self.hidden2 = nn.Linear(hidden, hidden)
        self.score = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.score(x)


def hinge(score, sign):
    return torch.clamp(1 - score * sign, min=0).mean()


def accuracy(model, x, sign):
    model.eval()
    with torch.no_grad():
        return ((model(x)[:, 0] > 0) == (sign > 0)).float().mean().item()


def load(n, noise, seed):
    x, label = make_moons(n, noise=noise, random_state=seed)
    x = torch.tensor((x - [0.5, 0.25]) / [0.87, 0.5], dtype=torch.float32)
    return x, torch.tensor(2 * label - 1, dtype=torch.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--noise", type=float, default=0.15)
    args = parser.parse_args()
    torch.manual_seed(4)

    x_train, s_train = load(500, args.noise, seed=4)
    x_test, s_test = load(500, args.noise, seed=5)
    model = MarginClassifier(args.hidden)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.997)

    for step in range(args.steps):
        model.train()
        loss = hinge(model(x_train), s_train)  #~ loss = hinge(model(x_train).squeeze(1), s_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        decay.step()
        if step % 100 == 99:
            print(f"step {step + 1}: hinge {loss.item():.4f}, train acc {accuracy(model, x_train, s_train):.3f}, "
                  f"test acc {accuracy(model, x_test, s_test):.3f}")


if __name__ == "__main__":
    main()
