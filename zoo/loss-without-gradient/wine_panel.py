"""Score wines on a scale of nine steps from their chemistry: the network spreads its belief over the steps."""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn


@dataclass(frozen=True)
class Setup:
    hidden: int = 32
    epochs: int = 60
    batch: int = 24
    lr: float = 0.01
    spread: float = 0.05
    seed: int = 13


STEPS = torch.linspace(1.0, 5.0, 9)


def panel(seed):
    """A panel's score: three tasters who each weigh the chemistry differently, averaged."""
    rng = np.random.default_rng(seed)
    x = StandardScaler().fit_transform(load_wine().data)
    x = np.concatenate([x + rng.normal(0, 0.15, x.shape) for _ in range(5)])
    tastes = rng.normal(size=(3, x.shape[1])) / np.sqrt(x.shape[1])
    opinions = np.tanh(x @ tastes.T) + rng.normal(0, 0.15, (len(x), 3))
    score = 3.0 + 1.6 * opinions.mean(1)
    order = rng.permutation(len(x))
    return torch.tensor(x[order], dtype=torch.float32), torch.tensor(score[order], dtype=torch.float32).clamp(1, 5)


class Scorer(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.SELU(), nn.AlphaDropout(0.02), nn.Linear(hidden, hidden), nn.SELU())
        self.belief = nn.Linear(hidden, len(STEPS))

    def forward(self, x):
        return F.softmax(self.belief(self.body(x)), dim=-1)


def score_of(belief):
    return STEPS[belief.argmax(dim=-1)]  #~ return (belief * STEPS).sum(dim=-1)


def report(net, x, score):
    net.eval()
    with torch.no_grad():
        belief = net(x)
        off = (score_of(belief) - score).abs()
        doubt = -(belief * belief.clamp(min=1e-8).log()).sum(-1).mean()
    return off.mean().item(), (off < 0.25).float().mean().item(), doubt.item()


def main():
    setup = Setup()
    torch.manual_seed(setup.seed)
    x, score = panel(setup.seed)
    cut = int(0.8 * len(x))
    train_x, train_score, val_x, val_score = x[:cut], score[:cut], x[cut:], score[cut:]
    net = Scorer(x.shape[1], setup.hidden)
    optimizer = torch.optim.Adagrad(net.parameters(), lr=setup.lr, lr_decay=1e-4)
    guess = (val_score - train_score.mean()).abs().mean().item()
    print(f"{cut} wines to learn from; saying {train_score.mean():.2f} for all is off by {guess:.3f}")
    best = float("inf")
    for epoch in range(1, setup.epochs + 1):
        net.train()
        total = 0.0
        for rows in torch.randperm(cut).split(setup.batch):
            said = score_of(net(train_x[rows]))
            wanted = train_score[rows] + setup.spread * torch.randn(len(rows))
            loss = F.smooth_l1_loss(said, wanted, beta=0.3)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        off, close, doubt = report(net, val_x, val_score)
        best = min(best, off)
        if epoch % 10 == 0:
            print(f"epoch {epoch:2d}  loss {total / cut:.4f}  off by {off:.3f}  within a quarter {close:.3f}  doubt {doubt:.2f}")
    print(f"best {best:.3f}")


if __name__ == "__main__":
    main()
