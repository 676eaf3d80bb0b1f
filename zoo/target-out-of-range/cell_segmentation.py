import argparse

import torch
import torch.nn.functional as F
from torch import nn

IMAGE = 24


def draw(n, generator):
    """Round and square cells on a noisy ground; the outline of every cell is left unlabelled."""
    ys, xs = torch.meshgrid(torch.arange(IMAGE), torch.arange(IMAGE), indexing="ij")
    images = torch.zeros(n, 1, IMAGE, IMAGE)
    masks = torch.zeros(n, IMAGE, IMAGE, dtype=torch.long)
    for i in range(n):
        for kind in (1, 2):
            cy, cx = torch.randint(5, IMAGE - 5, (2,), generator=generator)
            dy, dx = (ys - cy).abs().float(), (xs - cx).abs().float()
            dist = (dy ** 2 + dx ** 2).sqrt() if kind == 1 else torch.maximum(dy, dx)
            images[i, 0][dist <= 4] = 1.0 if kind == 1 else 0.6
            masks[i][(dist > 3.5) & (dist < 4.5)] = 255
            masks[i][dist <= 3.5] = kind
    return images + 0.15 * torch.randn(images.shape, generator=generator), masks


class SegNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(),
            nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.mid = nn.Sequential(nn.Conv2d(24, 24, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(24, 12, 2, stride=2)
        self.out = nn.Conv2d(12, classes, 1)

    def forward(self, x):
        return self.out(F.relu(self.up(self.mid(self.down(x)))))


def pixel_accuracy(logits, masks):
    keep = masks != 255
    return (logits.argmax(1)[keep] == masks[keep]).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=240)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--lr", type=float, default=4e-3)
    opt = parser.parse_args()

    torch.manual_seed(5)
    g = torch.Generator().manual_seed(5)
    train_x, train_y = draw(opt.images, g)
    val_x, val_y = draw(60, g)

    net = SegNet(classes=3)
    optim = torch.optim.AdamW(net.parameters(), lr=opt.lr)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=opt.epochs)
    loss_fn = nn.CrossEntropyLoss()  #~ loss_fn = nn.CrossEntropyLoss(ignore_index=255)

    for epoch in range(opt.epochs):
        net.train()
        epoch_loss = 0.0
        for idx in torch.randperm(opt.images).split(opt.batch):
            optim.zero_grad(set_to_none=True)
            loss = loss_fn(net(train_x[idx]), train_y[idx])
            loss.backward()
            optim.step()
            epoch_loss += loss.item() * len(idx)
        sched.step()
        net.eval()
        with torch.inference_mode():
            acc = pixel_accuracy(net(val_x), val_y)
        print("epoch %d  loss %.4f  val pixel acc %.4f" % (epoch, epoch_loss / opt.images, acc))


if __name__ == "__main__":
    main()
