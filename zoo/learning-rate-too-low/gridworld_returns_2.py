# Estimate the value of a policy from the returns of its own episodes (first-visit Monte Carlo).
# The updates are written out: no optimizer object, a step down the gradient is all there is.
import math

import torch

torch.manual_seed(40)
SIZE, DISCOUNT, EPISODES, HORIZON = 7, 0.93, 900, 30
GOAL, PIT = torch.tensor([6, 6]), torch.tensor([2, 4])
MOVES = torch.tensor([[0, 1], [1, 0], [0, -1], [-1, 0]])
POLICY = torch.tensor([0.35, 0.35, 0.15, 0.15])

gen = torch.Generator().manual_seed(3)


def roll_out(start, steps):
    """All episodes side by side; an episode that has ended stays where it is and earns nothing."""
    place = start.clone()
    alive = torch.ones(len(start), dtype=torch.bool)
    places, rewards, alives = [], [], []
    for _ in range(steps):
        places.append(place)
        alives.append(alive)
        move = MOVES[torch.multinomial(POLICY, len(place), replacement=True, generator=gen)]
        place = torch.where(alive.unsqueeze(1), (place + move).clamp(0, SIZE - 1), place)
        at_goal, in_pit = (place == GOAL).all(1), (place == PIT).all(1)
        rewards.append((at_goal.float() * 10 - in_pit.float() * 6 - 0.1) * alive)
        alive = alive & ~at_goal & ~in_pit
    return torch.stack(places), torch.stack(rewards), torch.stack(alives)


def returns(rewards):
    total, out = torch.zeros(rewards.shape[1]), []
    for r in rewards.flip(0):
        total = r + DISCOUNT * total
        out.append(total)
    return torch.stack(out[::-1])


def features(place):
    """Position plus two distances and some waves, as for a place encoding."""
    p = place.float() / (SIZE - 1)
    to_goal = (place - GOAL).abs().sum(-1, keepdim=True) / (2.0 * SIZE)
    to_pit = (place - PIT).abs().sum(-1, keepdim=True) / (2.0 * SIZE)
    waves = [f(math.pi * k * p) for k in (1, 2, 3) for f in (torch.sin, torch.cos)]
    return torch.cat([p, to_goal, to_pit, *waves], dim=-1)


start = torch.randint(SIZE, (EPISODES, 2), generator=gen)
start = start[~((start == GOAL).all(1) | (start == PIT).all(1))]
places, rewards, alives = roll_out(start, HORIZON)
x, g = features(places[alives]), returns(rewards)[alives]

# the truth, by iterating the Bellman equation over the grid
cells = torch.cartesian_prod(torch.arange(SIZE), torch.arange(SIZE))
truth = torch.zeros(SIZE, SIZE)
ends = (cells == GOAL).all(1) | (cells == PIT).all(1)
for _ in range(300):
    new = torch.zeros(len(cells))
    for p, move in zip(POLICY, MOVES):
        nxt = (cells + move).clamp(0, SIZE - 1)
        r = (nxt == GOAL).all(1).float() * 10 - (nxt == PIT).all(1).float() * 6 - 0.1
        new += p * (r + DISCOUNT * truth[nxt[:, 0], nxt[:, 1]])
    truth = torch.where(ends, torch.zeros(()), new).view(SIZE, SIZE)
truth, grid = truth.flatten()[~ends], features(cells[~ends])

width = 48
W1 = (torch.randn(x.shape[1], width) * math.sqrt(2 / x.shape[1])).requires_grad_()
b1 = torch.zeros(width, requires_grad=True)
W2 = (torch.randn(width, width) * math.sqrt(2 / width)).requires_grad_()
b2 = torch.full((width,), 0.01, requires_grad=True)
W3 = torch.zeros(width, 1, requires_grad=True)
b3 = torch.zeros(1, requires_grad=True)
params = [W1, b1, W2, b2, W3, b3]


def value(x):
    h = torch.relu(x @ W1 + b1)
    h = torch.relu(h @ W2 + b2)
    return (h @ W3 + b3).squeeze(1)


rate, steps, batch = 1e-4, 1500, 128  #~ rate, steps, batch = 2e-2, 1500, 128
for step in range(steps):
    rows = torch.randint(len(x), (batch,))
    loss = torch.nn.functional.smooth_l1_loss(value(x[rows]), g[rows], beta=6.0)
    grads = torch.autograd.grad(loss, params)
    now = rate * (0.3 if step > 0.8 * steps else 1.0)
    with torch.no_grad():
        for p, d in zip(params, grads):
            p -= now * d
    if step % 150 == 149:
        with torch.no_grad():
            error = (value(grid) - truth).pow(2).mean().sqrt()
        print(f"step {step + 1}: loss {loss.item():.3f}, error of the values {error:.3f} (their spread is {truth.std():.3f})")
