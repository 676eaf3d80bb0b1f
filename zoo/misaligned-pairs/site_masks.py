"""Segment nuclei in synthetic microscope tiles from three sites."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SIDE = 16
PER_SITE = 260


def tile(generator):
    axis = torch.arange(SIDE, dtype=torch.float32)
    yy, xx = torch.meshgrid(axis, axis, indexing="ij")
    mask = torch.zeros(SIDE, SIDE)
    for _ in range(int(torch.randint(1, 4, (1,), generator=generator))):
        cy, cx = SIDE * torch.rand(2, generator=generator)
        radius = 2 + 2 * torch.rand(1, generator=generator)
        mask = torch.maximum(mask, (((yy - cy) ** 2 + (xx - cx) ** 2) < radius**2).float())
    image = 0.3 + 0.45 * mask + 0.2 * torch.randn(SIDE, SIDE, generator=generator)
    return image.unsqueeze(0), mask.unsqueeze(0)


def scan_archive(seed):
    """File name -> array, as the three microscopes saved them."""
    generator = torch.Generator().manual_seed(seed)
    images, masks = {}, {}
    for site, pattern in (("basel", "{:04d}"), ("kyoto", "{:04d}"), ("quito", "{:d}")):
        for number in range(PER_SITE):
            image, mask = tile(generator)
            images[f"{site}/{pattern.format(number)}.tif"] = image
            masks[f"{site}/{number:04d}_mask.png"] = mask
    return images, masks


def file_key(name):
    site, stem = name.split("/")
    return site, int(stem.split(".")[0].split("_")[0])


class Tiles(Dataset):
    def __init__(self, images, masks):
        image_files = sorted(images)  #~ image_files = sorted(images, key=file_key)
        mask_files = sorted(masks, key=file_key)
        assert len(image_files) == len(mask_files)
        self.x = (torch.stack([images[name] for name in image_files]) - 0.4) / 0.3
        self.y = torch.stack([masks[name] for name in mask_files])

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class TinyUNet(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        self.middle = nn.Sequential(nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.Conv2d(2 * width, width, 1), nn.ReLU())
        self.up = nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 1, 1))

    def forward(self, x):
        skip = self.down(x)
        deep = F.interpolate(self.middle(F.max_pool2d(skip, 2)), scale_factor=2, mode="nearest")
        return self.up(torch.cat([skip, deep], dim=1))


def dice(logits, mask):
    guess = (logits > 0).float()
    return (2 * (guess * mask).sum() / (guess.sum() + mask.sum()).clamp(min=1)).item()


def main():
    torch.manual_seed(0)
    tiles = Tiles(*scan_archive(seed=5))
    train_set, val_set = torch.utils.data.random_split(tiles, [620, 160], generator=torch.Generator().manual_seed(5))
    train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=160)
    model = TinyUNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for epoch in range(1, 9):
        model.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            scores = [(F.binary_cross_entropy_with_logits(model(x), y).item(), dice(model(x), y)) for x, y in val_loader]
        val_loss, val_dice = (sum(s) / len(scores) for s in zip(*scores))
        print(f"epoch {epoch}: train {total / len(train_loader):.4f}  val {val_loss:.4f}  dice {val_dice:.3f}")


if __name__ == "__main__":
    main()
