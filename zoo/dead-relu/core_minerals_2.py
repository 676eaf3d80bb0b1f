"""Mineral shares (five, summing to one) from an infrared scan of a drill core."""
import numpy as np
import torch
from torch import nn

CONFIG = {
    "seed": 14,
    "bands": 80,
    "train": 1800,
    "batch": 45,
    "width": 90,
    "threshold": 2.0,  #~ "threshold": 0.05,
    "input_noise": 0.02,
    "smoothing": 0.01,
    "lr": 0.0025,
    "betas": (0.8, 0.99),
    "weight_decay": 2e-4,
    "max_norm": 6.0,
    "ema": 0.95,
    "epochs": 14,
}


def scans(n, bands, seed):
    rng = np.random.default_rng(1000)
    wave = np.linspace(0, 1, bands)
    minerals = np.zeros((5, bands))
    for k in range(5):
        for centre, width, depth in zip(rng.random(4), rng.uniform(0.02, 0.08, 4), rng.uniform(0.3, 1.0, 4)):
            minerals[k] += depth * np.exp(-((wave - centre) / width) ** 2)
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(5, 0.6), n)
    grain = rng.uniform(0.5, 2.5, (n, 1))
    tilt = rng.normal(size=(n, 1)) * (wave - 0.5)
    reflected = np.exp(-grain * (share @ minerals)) * (1 + 0.3 * tilt) + 0.015 * rng.normal(size=(n, bands))
    return reflected.astype(np.float32), share.astype(np.float32)


class Sparse(nn.Module):
    """Passes on what is above the threshold."""

    def __init__(self, threshold):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        return torch.relu(x - self.threshold)


class Assay(nn.Module):
    def __init__(self, bands, width, threshold):
        super().__init__()
        self.first = nn.Linear(bands, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, 5)
        self.direct = nn.Linear(bands, 5, bias=False)
        self.gate = Sparse(threshold)

    def forward(self, scan):
        h = self.gate(self.first(scan))
        h = self.gate(self.second(h))
        return (self.third(h) + self.direct(scan)).log_softmax(dim=-1)


class Average:
    """A second set of weights that lags behind and is used for the assay."""

    def __init__(self, model, keep):
        self.keep = keep
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    def update(self, model):
        for k, v in model.state_dict().items():
            self.weights[k].lerp_(v, 1 - self.keep)


def divergence(log_share, share, smoothing):
    target = (1 - smoothing) * share + smoothing / share.shape[1]
    return nn.functional.kl_div(log_share, target, reduction="batchmean")


def main(c):
    torch.manual_seed(c["seed"])
    scan, share = map(torch.from_numpy, scans(c["train"], c["bands"], 1))
    scan_test, share_test = map(torch.from_numpy, scans(500, c["bands"], 2))
    mean, std = scan.mean(dim=0), scan.std(dim=0)
    scan, scan_test = (scan - mean) / std, (scan_test - mean) / std

    model = Assay(c["bands"], c["width"], c["threshold"])
    average, lagging = Average(model, c["ema"]), Assay(c["bands"], c["width"], c["threshold"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=c["lr"], betas=c["betas"], weight_decay=c["weight_decay"])
    for epoch in range(c["epochs"]):
        total = 0.0
        for rows in torch.randperm(len(scan)).split(c["batch"]):
            noisy = scan[rows] + c["input_noise"] * torch.randn(len(rows), c["bands"])
            loss = divergence(model(noisy), share[rows], c["smoothing"])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), c["max_norm"])
            optimizer.step()
            average.update(model)
            total += loss.item() * len(rows) / len(scan)
        lagging.load_state_dict(average.weights)
        with torch.no_grad():
            found = lagging(scan_test).exp()
        error = (found - share_test).abs().mean().item()
        main_right = (found.argmax(1) == share_test.argmax(1)).float().mean().item()
        print(f"{epoch:2d} | loss {total:.4f} | mean error of a share {error:.4f} | main mineral right {main_right:.3f}")
    flat = (share_test - share.mean(dim=0)).abs().mean().item()
    print(f"the average core for every scan: {flat:.4f}")


main(CONFIG)
