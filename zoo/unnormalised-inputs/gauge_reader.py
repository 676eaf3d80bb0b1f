"""Read the pointer of a round gauge from small 8-bit pictures."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SIDE = 16


def take_pictures(n, rng):
    angle = rng.uniform(-np.pi, np.pi, n)
    axis = np.arange(SIDE) - (SIDE - 1) / 2
    yy, xx = np.meshgrid(axis, axis, indexing="ij")
    c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    along, across = c * xx + s * yy, c * yy - s * xx
    pointer = np.exp(-0.5 * (across / 0.9) ** 2) / (1 + np.exp(-4 * along)) * (along < 6.5)
    light = rng.uniform(0.8, 1.2, (n, 1, 1))
    picture = light * (170 - 110 * pointer) + rng.normal(0, 6, (n, SIDE, SIDE))
    return picture.clip(0, 255).astype(np.uint8), np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


class Gauges(Dataset):
    def __init__(self, pictures, pointers):
        self.pictures = torch.from_numpy(pictures).unsqueeze(1)
        self.pointers = torch.from_numpy(pointers)

    def __len__(self):
        return len(self.pointers)

    def __getitem__(self, i):
        picture = self.pictures[i].float()  #~ picture = (self.pictures[i].float() - 155.0) / 35.0
        return picture, self.pointers[i]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 16, 48)
        self.fc2 = nn.Linear(48, 2)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x):
        x = self.pool(torch.tanh(self.conv1(x)))
        x = self.pool(torch.tanh(self.conv2(x)))
        return self.fc2(torch.tanh(self.fc1(x.flatten(1))))


class Trainer:
    def __init__(self, model, lr, momentum):
        self.model = model
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)

    def fit(self, train_loader, val_loader, epochs):
        for epoch in range(1, epochs + 1):
            self.model.train()
            losses = []
            for pictures, pointers in train_loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(pictures), pointers)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            val_loss, degrees = self.evaluate(val_loader)
            print(f"epoch {epoch:2d}/{epochs}: loss {np.mean(losses):.4f} val_loss {val_loss:.4f} median error {degrees:.1f} degrees")

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        out = torch.cat([self.model(pictures) for pictures, _ in loader])
        truth = torch.cat([pointers for _, pointers in loader])
        cosine = nn.functional.cosine_similarity(out, truth).clamp(-1, 1)
        return self.criterion(out, truth).item(), torch.rad2deg(torch.acos(cosine)).median().item()


if __name__ == "__main__":
    torch.manual_seed(6)
    rng = np.random.default_rng(6)
    train_loader = DataLoader(Gauges(*take_pictures(1400, rng)), batch_size=40, shuffle=True)
    val_loader = DataLoader(Gauges(*take_pictures(400, rng)), batch_size=200)
    Trainer(Reader(), lr=0.05, momentum=0.9).fit(train_loader, val_loader, epochs=10)
