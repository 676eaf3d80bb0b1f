"""How well will this landing end? A value network for a fixed autopilot, fitted to the returns of simulated flights."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

GRAVITY, THRUST, DT = 1.6, 4.5, 0.1


@dataclass(frozen=True)
class Plan:
    flights: int = 360
    ticks: int = 90
    gamma: float = 0.97
    hidden: int = 64
    rounds: int = 12
    batch: int = 256
    step_size: float = 1e-4  #~ step_size: float = 3e-2
    huber: float = 1.0
    shown_every: int = 2
    seed: int = 31


def fly(plan, rng):
    """All flights at once; the autopilot burns when it falls too fast for its height."""
    n = plan.flights
    height, speed = rng.uniform(4, 30, n), rng.uniform(-5, 1, n)
    fuel, wind = rng.uniform(0.5, 3.0, n), rng.normal(0, 0.4, n)
    drift = np.zeros(n)
    alive = np.ones(n, bool)
    states, rewards, living = [], [], []
    for _ in range(plan.ticks):
        states.append(np.stack([height, speed, fuel, wind, drift], axis=1))
        living.append(alive.copy())
        burn = (speed < -0.35 * height - 0.6) & (fuel > 0) & alive
        speed = speed + DT * (THRUST * burn - GRAVITY) * alive
        height = height + DT * speed * alive
        drift = drift + DT * (wind - 0.3 * drift) * alive
        fuel = np.maximum(fuel - DT * burn, 0)
        landed = alive & (height <= 0)
        gain = -0.02 * burn - 0.01 * np.abs(drift)
        gain = gain + landed * (1.0 - 0.7 * np.minimum(np.abs(speed), 6) - 0.3 * np.abs(drift))
        rewards.append(gain * alive)
        alive = alive & ~landed
    back = np.zeros(n)
    returns = []
    for reward in reversed(rewards):
        back = reward + plan.gamma * back
        returns.append(back)
    keep = np.stack(living).ravel()
    x = np.concatenate(states)[keep]
    g = np.stack(returns[::-1]).ravel()[keep]
    flight = np.tile(np.arange(n), plan.ticks)[keep]
    return x.astype(np.float32), g.astype(np.float32), flight


class ValueNet(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.ELU())
        self.value = nn.Linear(hidden, 1)
        self.register_buffer("middle", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))

    def forward(self, state):
        return self.value(self.body((state - self.middle) / self.spread)).squeeze(-1)


class Fitter:
    def __init__(self, plan, states, returns):
        self.plan = plan
        self.states, self.returns = states, returns
        self.net = ValueNet(states.shape[1], plan.hidden)
        self.net.middle.copy_(states.mean(0))
        self.net.spread.copy_(states.std(0) + 1e-3)
        self.optimizer = torch.optim.Adagrad(self.net.parameters(), lr=plan.step_size, initial_accumulator_value=1e-3)
        self.criterion = nn.HuberLoss(delta=plan.huber)

    def round(self):
        total, count = 0.0, 0
        for rows in torch.randperm(len(self.states)).split(self.plan.batch):
            loss = self.criterion(self.net(self.states[rows]), self.returns[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total, count = total + loss.item() * len(rows), count + len(rows)
        return total / count

    @torch.no_grad()
    def explained(self, states, returns):
        left = (self.net(states) - returns).var()
        return 1 - (left / returns.var()).item()


def main():
    plan = Plan()
    torch.manual_seed(plan.seed)
    x, g, flight = fly(plan, np.random.default_rng(plan.seed))
    held = torch.from_numpy(flight % 6 == 0)
    x, g = torch.from_numpy(x), torch.from_numpy(g)
    g = (g - g[~held].mean()) / g[~held].std()
    print(f"{len(x)} states of {plan.flights} flights, {int(held.sum())} held out")
    fitter = Fitter(plan, x[~held], g[~held])
    for number in range(1, plan.rounds + 1):
        loss = fitter.round()
        if number % plan.shown_every == 0:
            print(f"round {number:2d}: loss {loss:.4f}, explained on other flights {fitter.explained(x[held], g[held]):.3f}")


if __name__ == "__main__":
    main()
