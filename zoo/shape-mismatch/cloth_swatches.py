"""Tell three weaves from small colour photographs of cloth swatches (simulated camera, varying light and dye)."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

SIDE = 20
WEAVES = ("plain", "twill", "satin")


def photograph(weave, rng):
    """Rows, columns, red-green-blue as 8 bit, like a camera file."""
    y, x = np.mgrid[:SIDE, :SIDE] + rng.integers(0, 8, (2, 1, 1))
    thread = rng.integers(2, 4)
    row, column = y // thread, x // thread
    if weave == "plain":
        over = (row + column) % 2
    elif weave == "twill":
        over = (row + column) % 4 < 2
    else:
        over = (2 * row + column) % 5 < 4
    warp, weft = rng.uniform(40, 215, (2, 3))
    warp = warp + np.where(np.abs(warp - weft).mean() < 30, 40, 0)
    picture = np.where(over[..., None], warp, weft)
    light = 0.8 + 0.4 * rng.random() * np.linspace(0, 1, SIDE)[:, None, None]
    picture = picture * light + rng.normal(0, 14, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


class Swatches(Dataset):
    def __init__(self, n, seed, turn=False):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, len(WEAVES), n)
        self.pictures = [photograph(WEAVES[k], rng) for k in self.labels]
        self.turn = turn

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        picture = self.pictures[i].astype(np.float32)
        picture = (picture - picture.mean((0, 1))) / (picture.std() + 8.0)
        x = torch.from_numpy(picture)
        if self.turn and torch.rand(()) < 0.5:
            x = x.flip(0, 1)
        return x, int(self.labels[i])  #~ return x.permute(2, 0, 1), int(self.labels[i])


class WeaveNet(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 5, padding=2)
        self.stage = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width), nn.ReLU(),
        )
        self.classify = nn.Linear(2 * width, len(WEAVES))

    def forward(self, x):
        h = self.stage(self.stem(x))
        return self.classify(h.mean(dim=(2, 3)))


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    table = torch.zeros(len(WEAVES), len(WEAVES))
    for x, y in loader:
        table.index_put_((y, model(x).argmax(1)), torch.ones(len(y)), accumulate=True)
    recall = table.diagonal() / table.sum(1)
    return (table.diagonal().sum() / table.sum()).item(), dict(zip(WEAVES, recall.tolist()))


def main():
    torch.manual_seed(17)
    train = DataLoader(Swatches(1200, seed=1, turn=True), batch_size=32, shuffle=True)
    val = DataLoader(Swatches(300, seed=2), batch_size=100)
    model = WeaveNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.3)
    for epoch in range(1, 6):
        model.train()
        total = 0.0
        for x, y in train:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        schedule.step()
        right, recall = evaluate(model, val)
        print(f"epoch {epoch}: loss {total / len(train):.3f}, right {right:.3f}, " + ", ".join(f"{k} {v:.2f}" for k, v in recall.items()))


if __name__ == "__main__":
    main()
