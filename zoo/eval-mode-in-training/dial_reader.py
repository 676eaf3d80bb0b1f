"""Reads the needle of a pressure dial from a small grey picture: angle as (sin, cos) and the shade of its face."""
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

SIDE = 24


def dial_pictures(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    images, angles, faces = [], [], []
    for _ in range(n):
        cx, cy = rng.uniform(10, 14, 2)
        radius = rng.uniform(7, 9)
        angle = rng.uniform(0, 2 * np.pi)
        face = rng.integers(0, 3)
        dx, dy = xx - cx, yy - cy
        far = np.hypot(dx, dy)
        along = dx * np.cos(angle) + dy * np.sin(angle)
        across = np.abs(-dx * np.sin(angle) + dy * np.cos(angle))
        image = np.full((SIDE, SIDE), rng.uniform(0.3, 0.4))
        image[far < radius] += (0.15, 0.3, 0.45)[face]
        image -= 0.45 * ((across < 1.1) & (along > 0) & (far < radius - 1))
        image += 0.2 * rng.normal() * (xx / SIDE) + rng.normal(0, 0.05, image.shape)
        images.append(image)
        angles.append((np.sin(angle), np.cos(angle)))
        faces.append(face)
    images = np.stack(images)[:, None].astype(np.float32)
    return TensorDataset(torch.from_numpy(images - images.mean()),
                         torch.tensor(np.array(angles), dtype=torch.float32), torch.tensor(np.array(faces)))


def stage(a, b, stride):
    return nn.Sequential(nn.Conv2d(a, b, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU())


class DialNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            stage(1, 16, 1), stage(16, 16, 2), stage(16, 24, 1), stage(24, 32, 2),
            stage(32, 32, 1), stage(32, 32, 2), stage(32, 32, 1),
        )
        self.angle = nn.Linear(32 * 9, 2)
        self.face = nn.Linear(32 * 9, 3)

    def forward(self, x):
        h = self.trunk(x).flatten(1)
        return self.angle(h), self.face(h)


class Trainer:
    def __init__(self, model, train_set, val_set, lr=0.005, epochs=8):
        self.model = model
        self.train_loader = DataLoader(train_set, batch_size=32, shuffle=True, drop_last=True)
        self.val_loader = DataLoader(val_set, batch_size=200)
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, epochs)
        self.epochs = epochs
        self.best = None

    def step(self, image, angle, face):
        pred_angle, pred_face = self.model(image)
        loss = F.mse_loss(pred_angle, angle) + 0.3 * F.cross_entropy(pred_face, face)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def validate(self):
        self.model.eval()  #~ self.model.train(False)
        off, right, n = 0.0, 0, 0
        with torch.no_grad():
            for image, angle, face in self.val_loader:
                pred_angle, pred_face = self.model(image)
                a = torch.atan2(pred_angle[:, 0], pred_angle[:, 1])
                b = torch.atan2(angle[:, 0], angle[:, 1])
                off += torch.rad2deg(torch.remainder(a - b + np.pi, 2 * np.pi) - np.pi).abs().sum().item()
                right += (pred_face.argmax(1) == face).sum().item()
                n += len(face)
        return off / n, right / n

    def fit(self):
        started = time.time()
        degrees, faces = self.validate()
        print(f"before training: {degrees:.1f} degrees off")
        for epoch in range(self.epochs):
            losses = []  #~ losses = []; self.model.train()
            for batch in self.train_loader:
                losses.append(self.step(*batch))
            self.scheduler.step()
            degrees, faces = self.validate()
            if self.best is None or degrees < self.best[0]:
                self.best = (degrees, {k: v.clone() for k, v in self.model.state_dict().items()})
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {degrees:.1f} degrees off, "
                  f"face right {faces:.3f} ({time.time() - started:.1f} s)")
        self.model.load_state_dict(self.best[1])
        print(f"best: {self.best[0]:.1f} degrees off")


if __name__ == "__main__":
    torch.manual_seed(64)
    Trainer(DialNet(), dial_pictures(1280, 5), dial_pictures(400, 6)).fit()
