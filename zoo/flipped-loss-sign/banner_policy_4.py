"""Choose one of six banners for a visitor; the policy is trained on clicks only."""
import argparse
from collections import deque

import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical


class Shop:
    """A simulated shop: visitors have a profile, banners have a hidden taste vector."""

    def __init__(self, arms, features, seed):
        self.rng = np.random.default_rng(seed)
        self.taste = self.rng.normal(size=(features, arms)) / np.sqrt(features)
        self.bend = self.rng.normal(size=(features, arms)) / np.sqrt(features)

    def visitors(self, n):
        return self.rng.normal(size=(n, self.taste.shape[0])).astype(np.float32)

    def click_rate(self, x):
        score = 2.0 * x @ self.taste + np.abs(x) @ self.bend
        return 1.0 / (1.0 + np.exp(-1.5 * score))

    def clicks(self, x, arms):
        p = self.click_rate(x)[np.arange(len(x)), arms]
        return (self.rng.random(len(x)) < p).astype(np.float32)


class Policy(nn.Module):
    def __init__(self, features, arms, hidden):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, hidden), nn.Tanh(),
            nn.Linear(hidden, hidden), nn.Tanh(),
        )
        self.actor = nn.Linear(hidden, arms)
        nn.init.normal_(self.actor.weight, std=0.01)

    def forward(self, x):
        return Categorical(logits=self.actor(self.body(x)))


def expected_clicks(policy, shop, x):
    policy.eval()
    with torch.no_grad():
        choice = policy(torch.from_numpy(x)).probs.argmax(dim=1).numpy()
    rate = shop.click_rate(x)
    return rate[np.arange(len(x)), choice].mean(), rate.max(axis=1).mean()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--rounds", type=int, default=600)
    ap.add_argument("--visitors", type=int, default=256)
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--entropy-bonus", type=float, default=0.01)
    args = ap.parse_args()

    torch.manual_seed(5)
    shop = Shop(arms=6, features=10, seed=5)
    held_out = shop.visitors(2000)
    policy = Policy(10, 6, 48)
    optimizer = torch.optim.RMSprop(policy.parameters(), lr=args.lr, alpha=0.95)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=args.rounds)
    baseline = 0.0
    recent = deque(maxlen=50)

    for step in range(1, args.rounds + 1):
        policy.train()
        x = shop.visitors(args.visitors)
        dist = policy(torch.from_numpy(x))
        action = dist.sample()
        reward = torch.from_numpy(shop.clicks(x, action.numpy()))
        advantage = reward - baseline
        objective = (dist.log_prob(action) * advantage).mean()
        bonus = args.entropy_bonus * dist.entropy().mean()
        loss = objective - bonus  #~ loss = -objective - bonus
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        grad = nn.utils.clip_grad_norm_(policy.parameters(), 2.0)
        optimizer.step()
        scheduler.step()
        baseline += 0.05 * (reward.mean().item() - baseline)
        recent.append(reward.mean().item())
        if step % 100 == 0:
            greedy, best = expected_clicks(policy, shop, held_out)
            print(f"round {step:4d}  loss {loss.item():+.4f}  grad {grad:.3f}  clicks {np.mean(recent):.3f}  "
                  f"entropy {dist.entropy().mean().item():.2f}  greedy {greedy:.3f} (best possible {best:.3f})")


if __name__ == "__main__":
    main()
