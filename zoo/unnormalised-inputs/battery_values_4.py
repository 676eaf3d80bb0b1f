"""Value of actions of a home battery, fitted to logged episodes (regression on discounted returns)."""
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

rng = np.random.default_rng(28)
torch.manual_seed(28)
ACTIONS = ["sell", "hold", "charge"]
CAPACITY_WH = 13500.0
GAMMA = 0.8


def simulate(episodes, length=24):
    """A random policy on days with changing prices and sunshine."""
    states, actions, returns = [], [], []
    for _ in range(episodes):
        charge = rng.uniform(0, CAPACITY_WH)
        cloud = rng.uniform(0, 1)
        level = rng.uniform(0.7, 1.3)
        rewards = []
        for hour in range(length):
            price = level * (0.28 + 0.12 * math.sin(2 * math.pi * (hour - 14) / 24))
            sun = 5200.0 * (1 - 0.8 * cloud) * max(0.0, math.sin(math.pi * (hour - 5) / 14))
            states.append([charge, sun, price, hour, cloud])
            action = int(rng.integers(0, 3))
            amount = {0: -min(4000.0, charge), 1: 0.0, 2: min(4000.0, CAPACITY_WH - charge)}[action]
            bought = max(0.0, amount - sun)
            reward = price * (max(0.0, -amount) - 1.1 * bought) / 1000
            charge = float(np.clip(charge + amount, 0, CAPACITY_WH))
            actions.append(action)
            rewards.append(reward)
        tail, backwards = 0.0, []
        for reward in reversed(rewards):
            tail = reward + GAMMA * tail
            backwards.append(tail)
        returns += backwards[::-1]
    return np.array(states), np.array(actions), np.array(returns)


class Scaler:
    def __init__(self, rows):
        self.centre, self.width = rows.mean(axis=0), rows.std(axis=0) + 1e-8

    def __call__(self, rows):
        return (rows - self.centre) / self.width


def tensors(states, actions, returns, scale_states, scale_returns):
    x = states  #~ x = scale_states(states)
    y = scale_returns(returns)
    return torch.as_tensor(x).float(), torch.as_tensor(actions), torch.as_tensor(y).float()


train, held = simulate(600), simulate(100)
scalers = Scaler(train[0]), Scaler(train[2])
x, a, y = tensors(*train, *scalers)
x_held, a_held, y_held = tensors(*held, *scalers)

values = nn.Sequential(nn.Linear(5, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, len(ACTIONS)))
parameters = list(values.parameters())
velocity = [torch.zeros_like(p) for p in parameters]


def update(grads, lr, momentum=0.9):
    with torch.no_grad():
        for p, v, g in zip(parameters, velocity, grads):
            v.mul_(momentum).add_(g)
            p.sub_(lr * v)


def taken(q, actions):
    return q.gather(1, actions.unsqueeze(1)).squeeze(1)


lr = 0.02
for sweep in range(1, 27):
    losses = []
    for rows in torch.randperm(len(x)).split(48):
        loss = F.smooth_l1_loss(taken(values(x[rows]), a[rows]), y[rows])
        update(torch.autograd.grad(loss, parameters), lr)
        losses.append(loss.item())
    if sweep == 19:
        lr *= 0.3
    with torch.no_grad():
        q = values(x_held)
        error = (taken(q, a_held) - y_held).pow(2).mean().item()
    explained = 1 - error / y_held.var().item()
    share = torch.bincount(q.argmax(1), minlength=3) / len(q)
    print(f"sweep {sweep:2d}  loss {np.mean(losses):.4f}  held-out R2 {explained:.3f}  greedy " + " ".join(f"{n} {s:.2f}" for n, s in zip(ACTIONS, share.tolist())))
