"""Find the part on the conveyor: one box and one class per picture."""
import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    def __init__(self, folder, part):
        data = np.load(Path(folder) / f"{part}.npz")
        self.image = data["image"]
        self.box = data["box"].astype(np.float32)
        self.kind = data["kind"].astype(np.int64)

    def __len__(self):
        return len(self.kind)

    def __getitem__(self, i):
        image = torch.as_tensor(self.image[i], dtype=torch.float32).unsqueeze(0)
        return image, torch.from_numpy(self.box[i]), int(self.kind[i])


class Detector(nn.Module):
    def __init__(self, channels=12):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, channels, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(2 * channels, 2 * channels, 3, padding=1), nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * channels * 36, 64), nn.ReLU(),
        )
        self.box = nn.Linear(64, 4)
        self.kind = nn.Linear(64, 3)

    def forward(self, x):
        h = self.body(x)
        return self.box(h), self.kind(h)


def overlap(a, b):
    """Intersection over union of boxes given as centre and size."""
    low = torch.maximum(a[:, :2] - a[:, 2:] / 2, b[:, :2] - b[:, 2:] / 2)
    high = torch.minimum(a[:, :2] + a[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2)
    inner = (high - low).clamp(min=0).prod(1)
    return inner / (a[:, 2:].clamp(min=0).prod(1) + b[:, 2:].prod(1) - inner)


@torch.no_grad()
def check(model, loader):
    model.eval()
    ious, hits = [], []
    for image, box, kind in loader:
        guess, logits = model(image)
        ious.append(overlap(guess, box))
        hits.append(logits.argmax(1) == kind)
    model.train()
    return torch.cat(ious).mean().item(), torch.cat(hits).float().mean().item()


def main(args):
    torch.manual_seed(args.seed)
    loader = DataLoader(Pictures(args.data, "train"), batch_size=args.batch, shuffle=True)
    val_loader = DataLoader(Pictures(args.data, "val"), batch_size=100)
    model = Detector()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, dampening=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * len(loader))
    box_loss, kind_loss = nn.SmoothL1Loss(beta=0.1), nn.CrossEntropyLoss(weight=torch.tensor([1.0, 1.0, 1.2]))
    for epoch in range(args.epochs):
        sums = [0.0, 0.0]
        for image, box, kind in loader:
            guess, logits = model(image)
            a, b = 4 * box_loss(guess, box), kind_loss(logits, kind)
            optimizer.zero_grad()
            (a + b).backward()
            optimizer.step()
            schedule.step()
            sums[0] += a.item()
            sums[1] += b.item()
        iou, accuracy = check(model, val_loader)
        print(f"{epoch + 1:2d}: box {sums[0] / len(loader):.4f} kind {sums[1] / len(loader):.4f}  val IoU {iou:.3f} accuracy {accuracy:.3f}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--data", default=Path(__file__).parent / "belt")
    p.add_argument("--epochs", type=int, default=16)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=0.02)
    p.add_argument("--seed", type=int, default=202)
    main(p.parse_args())
