"""Share of a tile that is covered by trees, from four bands of an aerial survey."""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, random_split

HERE = Path(__file__).parent
torch.manual_seed(3)


class Normalise:
    def __init__(self, path):
        bands = json.loads(path.read_text())["bands"]
        self.mean = torch.tensor([b["mean"] for b in bands]).view(-1, 1, 1)
        self.std = torch.tensor([b["std"] for b in bands]).view(-1, 1, 1)

    def __call__(self, tile):
        return (tile - self.mean) / self.std


class Tiles(Dataset):
    def __init__(self, path, transform):
        with np.load(path) as archive:
            self.tiles = archive["tiles"]
            self.cover = archive["cover"]
        self.transform = transform

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, i):
        tile = torch.from_numpy(self.tiles[i]).permute(2, 0, 1)
        return self.transform(tile), torch.tensor(self.cover[i])


class CoverNet(nn.Module):
    def __init__(self, bands=4):
        super().__init__()
        self.stem = nn.Conv2d(bands, 16, 3, padding=1)
        self.mix = nn.Conv2d(16, 16, 1)
        self.down = nn.Conv2d(16, 24, 3, stride=2, padding=1)
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(self.mix(x))
        x = torch.relu(self.down(x))
        return self.out(x.mean((2, 3))).squeeze(1)


def evaluate(net, loader):
    net.eval()
    guesses, truth = [], []
    with torch.no_grad():
        for tiles, cover in loader:
            guesses.append(net(tiles))
            truth.append(cover)
    guesses, truth = torch.cat(guesses), torch.cat(truth)
    squared = ((guesses - truth) ** 2).mean()
    return 1 - (squared / truth.var()).item(), (guesses - truth).abs().mean().item()


def main():
    tiles = Tiles(HERE / "tiles.npz", Normalise(HERE / "bands.json"))
    train, val = random_split(tiles, [1100, len(tiles) - 1100], generator=torch.Generator().manual_seed(0))
    loader = DataLoader(train, batch_size=44, shuffle=True, drop_last=True)
    val_loader = DataLoader(val, batch_size=200)

    net = CoverNet()
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[12, 16], gamma=0.3)
    best = -float("inf")
    for epoch in range(18):
        net.train()
        losses = []
        for x, y in loader:
            if torch.rand(()) < 0.5:
                x = x.flip(3)
            loss = criterion(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        r2, mae = evaluate(net, val_loader)
        if r2 > best:
            best = r2
            torch.save(net.state_dict(), HERE / "best.pt")
        print(f"epoch {epoch:2d}  mse {sum(losses) / len(losses):.5f}  val r2 {r2:.3f}  val mae {mae:.3f}")
    net.load_state_dict(torch.load(HERE / "best.pt"))
    print("best weights: r2 %.3f, mae %.3f" % evaluate(net, val_loader))


if __name__ == "__main__":
    main()
