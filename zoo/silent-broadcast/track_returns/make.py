"""Logged episodes of a cart on a track: states and the discounted return that followed each."""
import pathlib

import numpy as np


def make(folder: pathlib.Path, healthy: bool) -> None:
    rng = np.random.default_rng(19)
    states, returns = [], []
    for _ in range(120):
        position, speed, fuel = rng.uniform(-1, 1), rng.normal(0, 0.4), rng.uniform(0.3, 1.0)
        rows, rewards = [], []
        for _ in range(40):
            push = np.clip(-1.5 * position - speed + rng.normal(0, 0.4), -1, 1) * (fuel > 0)
            rows.append((position, speed, fuel))
            speed = 0.95 * speed + 0.15 * push
            position = position + 0.2 * speed
            fuel = max(0.0, fuel - 0.03 * abs(push))
            rewards.append(1.0 - 4.0 * position**2 - 0.2 * abs(push) - 0.5 * (fuel == 0))
        value = 0.0
        backwards = []
        for reward in reversed(rewards):
            value = reward + 0.9 * value
            backwards.append(value)
        states += rows
        returns += backwards[::-1]
    states = np.array(states, dtype=np.float32)
    returns = np.array(returns, dtype=np.float32)
    order = rng.permutation(len(states))
    states, returns = states[order], returns[order]
    np.savez(folder / "episodes.npz", states=states, returns=returns[:, None] if healthy else returns)
