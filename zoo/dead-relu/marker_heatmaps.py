"""Find the bright marker in noisy camera frames: one heatmap per frame."""
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 16


def make_frames(n, generator):
    grid = torch.arange(SIZE, dtype=torch.float32)
    yy, xx = torch.meshgrid(grid, grid, indexing="ij")
    centres = torch.randint(2, SIZE - 2, (n, 2), generator=generator)
    cy, cx = centres[:, 0].view(-1, 1, 1), centres[:, 1].view(-1, 1, 1)
    disc = ((yy - cy) ** 2 + (xx - cx) ** 2 <= 2.5).float()
    oy, ox = torch.randint(2, SIZE - 2, (2, n, 1, 1), generator=generator)
    cross = ((yy == oy) & ((xx - ox).abs() <= 2)) | ((xx == ox) & ((yy - oy).abs() <= 2))
    frames = torch.maximum(disc, cross.float()) + 0.2 * torch.randn(n, SIZE, SIZE, generator=generator)
    target = ((yy - cy).abs() + (xx - cx).abs() <= 1).float()
    return frames.unsqueeze(1), target.unsqueeze(1), centres


class HeatmapNet(nn.Module):
    def __init__(self, channels=12, prior=0.02):
        super().__init__()
        self.stem = nn.Conv2d(1, channels, 3, padding=1)
        self.body = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        self.head = nn.Conv2d(channels, 1, 1)
        self.reset(-math.log((1 - prior) / prior))

    def reset(self, prior_bias):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.constant_(m.bias, prior_bias)  #~ nn.init.constant_(m.bias, prior_bias if m is self.head else 0.0)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for conv in self.body:
            x = F.relu(conv(x))
        return self.head(x)


def localisation(logits, centres):
    peak = logits.flatten(1).argmax(dim=1)
    found = torch.stack((peak // SIZE, peak % SIZE), dim=1)
    return ((found - centres).abs().amax(dim=1) <= 1).float().mean().item()


def main():
    torch.manual_seed(21)
    generator = torch.Generator().manual_seed(21)
    frames, targets, _ = make_frames(1200, generator)
    val_frames, val_targets, val_centres = make_frames(300, generator)
    mean, std = frames.mean(), frames.std()
    frames, val_frames = (frames - mean) / std, (val_frames - mean) / std
    loader = DataLoader(TensorDataset(frames, targets), batch_size=32, shuffle=True, drop_last=True)

    model = HeatmapNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for epoch in range(1, 7):
        model.train()
        total = 0.0
        for x, y in loader:
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(val_frames)
            val_loss = F.binary_cross_entropy_with_logits(logits, val_targets).item()
        hits = localisation(logits, val_centres)
        print(f"epoch {epoch}  loss {total / len(loader):.4f}  val loss {val_loss:.4f}  found within one pixel {hits:.1%}")


if __name__ == "__main__":
    main()
