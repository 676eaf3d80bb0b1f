"""Estimate mass, spread and tilt of a dust cloud from the points a scanner returns (any number of points, no order)."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

config = {
    "clouds": 1600, "max_points": 60, "width": 64,
    "epochs": 14, "micro_batch": 16, "accumulate": 2,
    "lr": 0.004, "betas": (0.9, 0.98), "warmup": 20, "ema": 0.95,
}


class Clouds(Dataset):
    def __init__(self, count, max_points, seed):
        self.rng = np.random.default_rng(seed)
        self.max_points = max_points
        self.items = [self.cloud() for _ in range(count)]

    def cloud(self):
        n = int(self.rng.integers(15, self.max_points + 1))
        spread, flat, tilt = self.rng.uniform(0.4, 1.4), self.rng.uniform(0.15, 0.5), self.rng.uniform(0, 1.4)
        p = self.rng.normal(size=(n, 3)) * [spread, spread * flat, 0.3]
        c, s = np.cos(tilt), np.sin(tilt)
        p[:, :2] = p[:, :2] @ np.array([[c, s], [-s, c]])
        return p.astype(np.float32), np.float32([(n - 37) / 13, (spread - 0.9) / 0.3, (tilt - 0.7) / 0.4])

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    longest = max(len(p) for p, _ in items)
    points, mask = torch.zeros(len(items), longest, 3), torch.zeros(len(items), longest, 1)
    for k, (p, _) in enumerate(items):
        points[k, :len(p)] = torch.from_numpy(p)
        mask[k, :len(p)] = 1
    return points, mask, torch.from_numpy(np.stack([t for _, t in items]))


class SetNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.point = nn.Sequential(nn.Linear(9, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.whole = nn.Sequential(nn.Linear(width + 1, width), nn.ReLU(), nn.Linear(width, 3))

    def forward(self, points, mask):
        x, y, z = points.unbind(-1)
        extra = torch.stack([x * x, y * y, z * z, x * y, x.abs(), y.abs()], dim=-1)
        h = self.point(torch.cat([points, extra], dim=-1)) * mask
        count = mask.sum(1)
        return self.whole(torch.cat([h.sum(1) / count, count / 60], dim=1))


def r2(model, loader):
    model.eval()
    with torch.no_grad():
        pairs = [(model(p, m), t) for p, m, t in loader]
    guess, truth = (torch.cat(part) for part in zip(*pairs))
    return 1 - (guess - truth).pow(2).sum(0) / (truth - truth.mean(0)).pow(2).sum(0)


def main(cfg):
    torch.manual_seed(31)
    train = DataLoader(Clouds(cfg["clouds"], cfg["max_points"], 1), cfg["micro_batch"], shuffle=True, collate_fn=collate)
    val = DataLoader(Clouds(300, cfg["max_points"], 2), 100, collate_fn=collate)
    model = SetNet(cfg["width"])
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(cfg["ema"]))
    optimizer = torch.optim.NAdam(model.parameters(), lr=cfg["lr"], betas=cfg["betas"])
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=cfg["warmup"])
    weight = torch.tensor([1.0, 1.0, 0.5])

    for epoch in range(cfg["epochs"]):
        model.train()
        seen = []
        for i, (points, mask, target) in enumerate(train):
            loss = (F.smooth_l1_loss(model(points, mask), target, reduction="none") * weight).mean()
            (loss / cfg["accumulate"]).backward()
            seen.append(loss.item())
            if (i + 1) % cfg["accumulate"] == 0:
                optimizer.step()  #~ optimizer.step(); optimizer.zero_grad()
                averaged.update_parameters(model)
                warmup.step()
        if epoch % 2:
            scores = ", ".join(f"{s:.3f}" for s in r2(averaged, val))
            print(f"epoch {epoch + 1}: loss {np.mean(seen):.4f}, R2 mass, spread, tilt: {scores}")


if __name__ == "__main__":
    main(config)
