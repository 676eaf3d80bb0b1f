# Water level six hours ahead at a harbour: three quantiles from causal convolutions over the last two days.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(6)
torch.manual_seed(6)

PAST = 48
AHEAD = 6
LEVELS = torch.tensor([0.1, 0.5, 0.9])
BATCH = 48
EPOCHS = 9


# ---------------------------------------------------------------- the record
def record(hours):
    t = np.arange(hours)
    tide = 1.4 * np.sin(2 * np.pi * t / 12.42) + 0.5 * np.sin(2 * np.pi * t / 12.0 + 0.7) + 0.3 * np.sin(2 * np.pi * t / 25.82)
    wind = np.zeros(hours)
    for i in range(1, hours):
        wind[i] = 0.96 * wind[i - 1] + 0.28 * np.random.randn()
    surge = np.convolve(np.maximum(wind, 0) ** 1.5, np.exp(-np.arange(24) / 6) / 6, mode="full")[:hours]
    level = tide + 0.5 * surge + 0.05 * np.random.randn(hours)
    return np.stack([level, wind], axis=0).astype(np.float32)


series = record(3400)
cut = 2700
mean, std = series[:, :cut].mean(1, keepdims=True), series[:, :cut].std(1, keepdims=True)
series = torch.from_numpy((series - mean) / std)


def windows(first, last, step):
    starts = range(first, last - PAST - AHEAD, step)
    x = torch.stack([series[:, s:s + PAST] for s in starts])
    y = torch.stack([series[0, s + PAST + AHEAD - 1] for s in starts])
    return x, y


x_train, y_train = windows(0, cut, 1)
x_valid, y_valid = windows(cut, series.shape[1], 2)


# ---------------------------------------------------------------- the model
class Causal(nn.Module):
    def __init__(self, c_in, c_out, dilation):
        super().__init__()
        self.pad = (3 - 1) * dilation
        self.conv = nn.Conv1d(c_in, c_out, 3, dilation=dilation)
        self.skip = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def forward(self, x):
        return F.leaky_relu(self.conv(F.pad(x, (self.pad, 0))), 0.1) + self.skip(x)


class Forecast(nn.Module):
    def __init__(self, channels=(12, 16, 16, 16)):
        super().__init__()
        sizes = (2,) + tuple(channels)
        self.layers = nn.ModuleList([Causal(a, b, 2 ** i) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))])
        self.middle = nn.Linear(sizes[-1], 1)
        self.gaps = nn.Linear(sizes[-1], 2)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        last = x[:, :, -1]
        median = self.middle(last)
        down, up = F.softplus(self.gaps(last)).unbind(1)
        return torch.stack((median[:, 0] - down, median[:, 0], median[:, 0] + up), dim=1)


def pinball(out, y):
    off = y[:, None] - out
    return torch.maximum(LEVELS * off, (LEVELS - 1) * off).sum(1).mean()


model = Forecast()
opt = torch.optim.RMSprop(
    model.parameters(),
    lr=6e-4,
    alpha=0.95,
    eps=1e-6,
    momentum=0.997,  #~ momentum=0.8,
)

# ---------------------------------------------------------------- training
history = []
for epoch in range(EPOCHS):
    model.train()
    order = np.random.permutation(len(x_train))
    total = 0.0
    for i in range(0, len(order) - BATCH + 1, BATCH):
        pick = torch.as_tensor(order[i:i + BATCH])
        x, y = x_train[pick], y_train[pick]
        x = x + 0.02 * torch.randn_like(x)
        loss = pinball(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        out = model(x_valid)
        valid = pinball(out, y_valid).item()
        inside = ((y_valid > out[:, 0]) & (y_valid < out[:, 2])).float().mean().item()
        mae = (out[:, 1] - y_valid).abs().mean().item() * std[0, 0]
    history.append(valid)
    print(f"epoch {epoch + 1}: pinball {total / (len(order) // BATCH):.4f}, validation {valid:.4f}, MAE {mae:.3f} m, {100 * inside:.0f}% inside the band")

flat = pinball(torch.quantile(y_train, LEVELS).expand(len(y_valid), 3), y_valid).item()
print(f"best {min(history):.4f}; the same quantiles at all hours: {flat:.4f}")
