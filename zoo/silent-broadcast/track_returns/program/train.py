"""Fit a value function to the logged returns of a cart that should stay in the middle of its track."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn


@dataclass
class Options:
    hidden: int = 48
    batch: int = 64
    epochs: int = 9
    lr: float = 0.02
    tau: float = 0.05
    holdout: float = 0.2
    seed: int = 7


class Value(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 1)

    def forward(self, state):
        h = torch.tanh(self.first(state))
        h = torch.tanh(self.second(h)) + h
        return self.last(h)


def load(path):
    with np.load(path) as archive:
        states = torch.from_numpy(archive["states"])
        returns = torch.from_numpy(archive["returns"])
    return states, returns


def minibatches(states, returns, size):
    order = torch.randperm(len(states))
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        yield states[rows], returns[rows]


def value_loss(value, returns):
    error = value - returns
    return 0.5 * error.pow(2).mean()


def explained(net, states, returns):
    """Share of the variance of the returns that the values explain, and the mean absolute error."""
    net.eval()
    with torch.no_grad():
        value = net(states).flatten()
    returns = returns.flatten()
    left = (returns - value).var() / returns.var()
    return 1.0 - left.item(), (returns - value).abs().mean().item()


def main(options=Options()):
    torch.manual_seed(options.seed)
    states, returns = load(Path(__file__).with_name("episodes.npz"))
    held = int(len(states) * options.holdout)
    centre, scale = states.mean(0), states.std(0)
    states = (states - centre) / scale
    returns = (returns - returns.mean()) / returns.std()
    val_states, val_returns = states[:held], returns[:held]
    states, returns = states[held:], returns[held:]
    print(f"{len(states)} states to fit, {held} held out, value inputs {states.shape[1]}")

    net = Value(states.shape[1], options.hidden)
    slow = Value(states.shape[1], options.hidden)
    slow.load_state_dict(net.state_dict())
    optimizer = torch.optim.SGD(net.parameters(), lr=options.lr, momentum=0.9)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    for epoch in range(1, options.epochs + 1):
        net.train()
        total, count = 0.0, 0
        for batch_states, batch_returns in minibatches(states, returns, options.batch):
            loss = value_loss(net(batch_states), batch_returns)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            with torch.no_grad():
                for p, q in zip(slow.parameters(), net.parameters()):
                    p.lerp_(q, options.tau)
            total, count = total + loss.item(), count + 1
        plateau.step(total / count)
        share, error = explained(slow, val_states, val_returns)
        print(f"epoch {epoch}: loss {total / count:.4f}, explained variance {share:.3f}, mean error {error:.3f}, lr {optimizer.param_groups[0]['lr']:.4f}")


if __name__ == "__main__":
    main()
