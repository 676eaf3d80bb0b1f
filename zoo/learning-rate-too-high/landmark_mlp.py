"""Find the centres of three blobs (large, medium, small) in 20x20 images."""
import time
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 20


def render(n, seed):
    g = torch.Generator().manual_seed(seed)
    points = 3 + (SIZE - 7) * torch.rand(n, 3, 2, generator=g)
    grid = torch.stack(torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij"), dim=-1).float()
    images = torch.zeros(n, SIZE, SIZE)
    for k, (radius, brightness) in enumerate([(3.0, 0.5), (2.0, 0.9), (1.2, 1.4)]):
        distance = ((grid[None] - points[:, k, None, None]) ** 2).sum(-1)
        images += brightness * torch.exp(-distance / (2 * radius ** 2))
    images += 0.05 * torch.randn(images.shape, generator=g)
    return images.flatten(1), (points.flatten(1) - SIZE / 2) / (SIZE / 2)


@dataclass
class Trainer:
    model: nn.Module
    optimizer: torch.optim.Optimizer
    loss_fn: nn.Module = field(default_factory=nn.MSELoss)
    log_every: int = 5

    def fit(self, train_loader, val_loader, epochs):
        start = time.time()
        for epoch in range(1, epochs + 1):
            self.model.train()
            total = 0.0
            for images, points in train_loader:
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(images), points)
                loss.backward()
                self.optimizer.step()
                total += loss.item() * len(images)
            if epoch % self.log_every == 0:
                rmse = self.evaluate(val_loader) ** 0.5 * SIZE / 2
                print(f"epoch {epoch:3d}  train {total / len(train_loader.dataset):.5f}  "
                      f"val error {rmse:.2f} px  {time.time() - start:.1f} s")

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        return sum(self.loss_fn(self.model(x), y).item() * len(x) for x, y in loader) / len(loader.dataset)


def main():
    torch.manual_seed(0)
    train_x, train_y = render(4000, seed=1)
    val_x, val_y = render(300, seed=2)
    mean, std = train_x.mean(), train_x.std()
    train_loader = DataLoader(TensorDataset((train_x - mean) / std, train_y), batch_size=64, shuffle=True)
    val_loader = DataLoader(TensorDataset((val_x - mean) / std, val_y), batch_size=300)
    model = nn.Sequential(nn.Linear(SIZE * SIZE, 100), nn.ReLU(), nn.Linear(100, 30), nn.ReLU(), nn.Linear(30, 6))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)  #~ optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    Trainer(model, optimizer).fit(train_loader, val_loader, epochs=20)


if __name__ == "__main__":
    main()
