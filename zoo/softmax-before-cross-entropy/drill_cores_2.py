"""Label every centimetre of a drill core with its layer, from four sensor tracks along the core."""
import torch
from torch import nn
from torch.nn import functional as F

LAYERS = ("clay", "sand", "gravel", "peat", "marl", "chalk")
SHARE = torch.tensor([0.30, 0.25, 0.08, 0.07, 0.18, 0.12])
TRACKS, DEPTH = 4, 128


def cores(n, g):
    """Beds of random thickness; each layer has its own level, grain (noise) and banding in each track."""
    look = torch.Generator().manual_seed(1)
    level = 0.9 * torch.randn(len(LAYERS), TRACKS, generator=look)
    grain = 0.3 + 0.7 * torch.rand(len(LAYERS), TRACKS, generator=look)
    band = 0.15 + 0.8 * torch.rand(len(LAYERS), 1, generator=look)
    tracks, beds = [], []
    for _ in range(n):
        bed = []
        while len(bed) < DEPTH:
            layer = int(torch.multinomial(SHARE, 1, generator=g))
            bed += [layer] * int(torch.randint(8, 30, (1,), generator=g))
        bed = torch.tensor(bed[:DEPTH])
        phase = 6.28 * torch.rand(1, generator=g)
        stripes = torch.sin(band[bed] * torch.arange(DEPTH).unsqueeze(1) + phase)
        track = level[bed] + grain[bed] * torch.randn(DEPTH, TRACKS, generator=g) + 0.7 * stripes
        tracks.append(track.T)
        beds.append(bed)
    return torch.stack(tracks), torch.stack(beds)


def block(a, b, k=5):
    return nn.Sequential(nn.Conv1d(a, b, k, padding=k // 2), nn.InstanceNorm1d(b, affine=True), nn.PReLU(b))


class Voters(nn.Module):
    """Several small heads with an eye of their own for near and far; what they say is averaged."""

    def __init__(self, channels, classes, reaches=(1, 3, 7)):
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Conv1d(channels, classes, r, padding=r // 2) for r in reaches)

    def opinions(self, h):
        return torch.stack([head(h) for head in self.heads])

    def forward(self, h):
        votes = self.opinions(h).softmax(dim=2)  #~ votes = self.opinions(h)
        return votes.mean(dim=0)


class CoreNet(nn.Module):
    def __init__(self, c=20):
        super().__init__()
        self.shallow = block(TRACKS, c)
        self.middle = block(c, 2 * c)
        self.deep = block(2 * c, 2 * c)
        self.rise = block(4 * c, c)
        self.voters = Voters(2 * c, len(LAYERS))

    def forward(self, tracks):
        a = self.shallow(tracks)
        b = self.middle(F.avg_pool1d(a, 2))
        d = self.deep(F.avg_pool1d(b, 2))
        b = self.rise(torch.cat([b, F.interpolate(d, scale_factor=2)], dim=1))
        return self.voters(torch.cat([a, F.interpolate(b, scale_factor=2, mode="linear")], dim=1))


def mean_iou(guess, truth):
    ious = []
    for layer in range(len(LAYERS)):
        both = ((guess == layer) & (truth == layer)).sum().item()
        either = ((guess == layer) | (truth == layer)).sum().item()
        ious.append(both / max(either, 1))
    return sum(ious) / len(ious), ious


def fit(net, train, check, epochs, g):
    weight = SHARE.rsqrt() / SHARE.rsqrt().mean()
    slow = [p for name, p in net.named_parameters() if "voters" not in name]
    sgd = torch.optim.SGD([{"params": slow}, {"params": net.voters.parameters(), "weight_decay": 1e-3}],
                          lr=0.01, momentum=0.9)
    for epoch in range(epochs):
        net.train()
        running = None
        for rows in torch.randperm(len(train[0]), generator=g).split(16):
            tracks, beds = train[0][rows], train[1][rows]
            if torch.rand((), generator=g) < 0.5:  # a core has no up and down for the layers
                tracks, beds = tracks.flip(2), beds.flip(1)
            loss = F.cross_entropy(net(tracks), beds, weight=weight)
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        net.eval()
        with torch.no_grad():
            guess = net(check[0]).argmax(1)
        right = (guess == check[1]).float().mean().item()
        iou, each = mean_iou(guess, check[1])
        print(f"{epoch + 1:2d}  loss {running:.3f}  right {right:.3f}  mean IoU {iou:.3f}  "
              + " ".join(f"{name[:2]} {value:.2f}" for name, value in zip(LAYERS, each)))


def main():
    torch.manual_seed(33)
    g = torch.Generator().manual_seed(34)
    train, check = cores(480, g), cores(120, g)
    fit(CoreNet(), train, check, epochs=7, g=g)


if __name__ == "__main__":
    main()
