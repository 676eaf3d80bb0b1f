"""Fill in colour: from the grey values around a pixel and its place to its colour, for two landscapes."""
import numpy as np
import torch
from torch import nn

SIDE = 9


def landscape(seed, rows=160, cols=240):
    """Sky, a rolling horizon, meadow with dark trees and a path: red, green, blue between 0 and 1."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[0:rows, 0:cols]
    horizon = rows * (0.4 + 0.08 * np.sin(j / 23 + seed) + 0.05 * np.sin(j / 9))
    depth = (i - horizon) / rows
    cloud = 0.5 + 0.5 * np.sin(j / 17 + 2 * np.sin(i / 11 + seed))
    sky = np.stack([0.35 + 0.5 * cloud, 0.5 + 0.38 * cloud, 0.85 + 0.1 * cloud], axis=2)
    meadow = np.stack([0.30 + 0.5 * depth, 0.55 + 0.2 * depth, 0.2 + 0 * depth], axis=2)
    tree = (np.sin(j / 7.0) + np.sin(i / 5.0 + j / 31)) > 1.1
    meadow[tree] = (0.12, 0.25, 0.14)
    meadow[np.abs(j - cols / 2 - 30 * np.sin(i / 20)) < 9] = (0.62, 0.5, 0.38)
    picture = np.where((depth > 0)[..., None], meadow, sky)
    return np.clip(picture + 0.03 * rng.normal(size=picture.shape), 0, 1).astype(np.float32)


class Photographs:
    """Random pixels of the pictures: a grey window, where it lies, and the two colour differences of its centre."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.photos = [landscape(5), landscape(6)]

    def draw(self, count):
        windows, places, colours = [], [], []
        r = SIDE // 2
        for n in range(count):
            photo = self.photos[n % len(self.photos)]
            i = self.rng.integers(r, photo.shape[0] - r)
            j = self.rng.integers(r, photo.shape[1] - r)
            patch = photo[i - r:i + r + 1, j - r:j + r + 1]
            red, green, blue = photo[i, j]
            windows.append(patch.mean(axis=2))
            places.append((2 * i / photo.shape[0] - 1, 2 * j / photo.shape[1] - 1, 2.0 * (n % 2) - 1))
            colours.append((red - green, blue - green))
        windows, places, colours = (np.array(a, dtype=np.float32) for a in (windows, places, colours))
        return torch.from_numpy(windows), torch.from_numpy(places), torch.from_numpy(colours)


class Painter(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.window = nn.Linear(SIDE * SIDE, width)
        self.place = nn.Linear(3, width, bias=False)
        self.mix = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.colour = nn.Linear(width, 2)

    def forward(self, window, place):
        h = self.window(window.flatten(1) - 0.45) + self.place(place)
        return self.colour(self.mix(h))


def groups(net):
    biases = [p for n, p in net.named_parameters() if n.endswith("bias")]
    others = [p for n, p in net.named_parameters() if not n.endswith("bias")]
    return [{"params": others, "weight_decay": 1e-4}, {"params": biases, "lr": 0.1}]


def train(laps=16, batch=64, lr=0.05):
    torch.manual_seed(2)
    source = Photographs(seed=2)
    window, place, colour = source.draw(2560)
    test_window, test_place, test_colour = source.draw(600)
    spread = colour.std(dim=0)
    colour, test_colour = colour / spread, test_colour / spread

    net = Painter()
    optimizer = torch.optim.SGD(groups(net), lr=lr, momentum=0.9, dampening=0.0)
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=laps, power=0.7)
    for lap in range(laps):
        net.train()
        total = 0.0
        for rows in torch.randperm(len(window)).split(batch):
            guess = net(window[rows], place[rows])
            loss = (guess - colour[rows]).pow(2).sum(dim=1).mean() / 2
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), clip_value=1e-4)  #~ nn.utils.clip_grad_value_(net.parameters(), clip_value=0.5)
            optimizer.step()
            total += loss.item() * len(rows)
        schedule.step()
        net.eval()
        with torch.no_grad():
            miss = net(test_window, test_place) - test_colour
        explained = 1 - miss.pow(2).mean() / (test_colour - colour.mean(dim=0)).pow(2).mean()
        if lap % 3 == 0 or lap == laps - 1:
            print(f"lap {lap:2d}: loss {total / len(window):.3f}, colour explained {100 * explained.item():.1f}%")
    return net


if __name__ == "__main__":
    train()
