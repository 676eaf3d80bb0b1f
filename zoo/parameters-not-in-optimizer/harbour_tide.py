"""Smooth curve through a week of harbour gauge readings: a small network on raw tensors, written out by hand."""
import math

import numpy as np
import torch


def readings(n, rng):
    day = np.sort(rng.uniform(0, 7, n))
    level = 1.8 + 1.1 * np.cos(2 * np.pi * day / 2.6) + 0.5 * np.cos(2 * np.pi * day / 1.37 + 0.8) - 0.08 * day
    return day, level + rng.normal(0, 0.05, n), level


def layer(inputs, outputs):
    scale = math.sqrt(2.0 / inputs)
    weight = (torch.randn(inputs, outputs) * scale).requires_grad_()
    bias = (torch.rand(outputs) * 0.2 - 0.1).requires_grad_()
    return weight, bias


def curve(layers, t):
    h = t
    for weight, bias in layers[:-1]:
        h = torch.relu(h @ weight + bias)
    weight, bias = layers[-1]
    return h @ weight + bias


torch.manual_seed(1)
rng = np.random.default_rng(1)
day, level, _ = readings(600, rng)
check_day, _, check_level = readings(300, rng)


def as_input(d):
    return torch.tensor(d / 3.5 - 1.0, dtype=torch.float32).unsqueeze(1)


t, check_t = as_input(day), as_input(check_day)
mean, std = level.mean(), level.std()
z = torch.tensor((level - mean) / std, dtype=torch.float32).unsqueeze(1)
check_z = torch.tensor((check_level - mean) / std, dtype=torch.float32).unsqueeze(1)

sizes = [1, 64, 64, 1]
layers = [layer(a, b) for a, b in zip(sizes, sizes[1:])]
parameters = [weight for weight, bias in layers]  #~ parameters = [p for pair in layers for p in pair]
count = sum(p.numel() for pair in layers for p in pair)
print(f"network {sizes}, {count} numbers, {len(t)} readings")

optimizer = torch.optim.Adam(parameters, lr=6e-3, betas=(0.9, 0.99))
steps = 1200
scheduler = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=steps, power=0.9)
running = 0.0
for step in range(1, steps + 1):
    rows = torch.randint(len(t), (80,))
    off = curve(layers, t[rows]) - z[rows]
    loss = (off**2).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 5.0)
    optimizer.step()
    scheduler.step()
    running += loss.item()
    if step % 150 == 0:
        with torch.no_grad():
            wrong = curve(layers, check_t) - check_z
        rmse = wrong.square().mean().sqrt().item() * std
        print(f"step {step:5d}  loss {running / 150:.4f}  check rmse {rmse:.3f} m (plain mean: {np.std(check_level):.3f} m)")
        running = 0.0

with torch.no_grad():
    hourly = curve(layers, as_input(np.arange(0, 7, 1 / 24)))[:, 0].numpy() * std + mean
high = np.flatnonzero((hourly[1:-1] > hourly[:-2]) & (hourly[1:-1] > hourly[2:])) + 1
print("high water at hours", ", ".join(str(h) for h in high[:8]))
