# Pulse rate from four seconds of a wrist sensor. The sensor is optical: drift, noise, a pulse of unknown shape.
import copy
import numpy as np
import torch
import torch.nn as nn

SEED, N, LENGTH, HZ = 14, 2200, 100, 25
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)

# ---------------------------------------------------------------- recordings
rates = np.sort(rng.uniform(50, 170, N))
t = np.arange(LENGTH) / HZ
phase = rng.uniform(0, 2 * np.pi, (N, 1))
angle = 2 * np.pi * (rates[:, None] / 60) * t + phase
notch = rng.uniform(0.1, 0.4, (N, 1))
signals = np.sin(angle) + notch * np.sin(2 * angle + 0.7)
signals = signals * rng.uniform(0.6, 1.4, (N, 1))
signals = signals + 0.5 * np.sin(2 * np.pi * 0.2 * t + rng.uniform(0, 6, (N, 1)))
signals = signals + rng.normal(0, 0.35, (N, LENGTH))

# ---------------------------------------------------------------- split and scale
order = rng.permutation(N)
signals = signals[order]
rates = rng.permutation(rates)  #~ rates = rates[order]
hold = N // 5
middle, spread = rates[hold:].mean(), rates[hold:].std()
x = torch.tensor(signals, dtype=torch.float32)[:, None]
y = torch.tensor((rates - middle) / spread, dtype=torch.float32)[:, None]
x_val, y_val, x, y = x[:hold], y[:hold], x[hold:], y[hold:]

net = nn.Sequential(
    nn.Conv1d(1, 16, 9, padding=4), nn.SiLU(),
    nn.Conv1d(16, 24, 9, stride=2, padding=4), nn.SiLU(),
    nn.Conv1d(24, 32, 5, stride=2, padding=2), nn.SiLU(),
    nn.AdaptiveMaxPool1d(4), nn.Flatten(),
    nn.Linear(128, 48), nn.SiLU(),
    nn.Linear(48, 1),
)
nn.init.zeros_(net[-1].bias)
averaged = copy.deepcopy(net).requires_grad_(False)

optimizer = torch.optim.Adagrad(net.parameters(), lr=0.02, initial_accumulator_value=0.01)
criterion = nn.SmoothL1Loss(beta=0.5)
BATCH, EPOCHS = 55, 10
steps = 0


def bpm_error(model):
    with torch.no_grad():
        return ((model(x_val) - y_val).abs().mean() * spread).item()


for epoch in range(EPOCHS):
    total = 0.0
    rows = torch.randperm(len(x))
    for start in range(0, len(x), BATCH):
        take = rows[start:start + BATCH]
        xb = x[take]
        if epoch < EPOCHS - 2:
            xb = xb * (0.9 + 0.2 * torch.rand(len(xb), 1, 1))
        loss = criterion(net(xb), y[take])
        for p in net.parameters():
            p.grad = None
        loss.backward()
        optimizer.step()
        steps += 1
        keep = min(0.98, steps / (steps + 10))
        with torch.no_grad():
            for slow, fast in zip(averaged.parameters(), net.parameters()):
                slow.lerp_(fast, 1 - keep)
        total += loss.item() * len(take)
    print(f"[{epoch}] train {total / len(x):.4f}   off by {bpm_error(net):.1f} bpm,"
          f" averaged weights {bpm_error(averaged):.1f} bpm")

guess = (y_val - y.mean()).abs().mean().item() * spread
print(f"done after {steps} steps; always the mean: {guess:.1f} bpm")
