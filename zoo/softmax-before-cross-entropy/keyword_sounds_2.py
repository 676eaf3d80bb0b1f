"""Spot one of sixteen short command sounds in a noisy one-second signal."""
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

RATE, LENGTH, WORDS = 400, 400, 16


def synthesise(n, generator):
    labels = torch.randint(WORDS, (n,), generator=generator)
    t = torch.arange(LENGTH) / RATE
    low = 14 + 5 * (labels % 4)
    high = 44 + 11 * (labels // 4)
    shift = torch.rand(n, 2, generator=generator) * 2 * math.pi
    onset = 0.2 + 0.4 * torch.rand(n, 1, generator=generator)
    envelope = torch.exp(-((t - onset) / 0.18) ** 2)
    tone = torch.sin(2 * math.pi * low[:, None] * t + shift[:, :1]) + 0.8 * torch.sin(2 * math.pi * high[:, None] * t + shift[:, 1:])
    x = envelope * tone + 0.35 * torch.randn(n, LENGTH, generator=generator)
    return (x / x.std(dim=1, keepdim=True)).unsqueeze(1), labels


class Spotter(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(1, width, 32, stride=4), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, width, 9, stride=2), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, 2 * width, 5, stride=2), nn.BatchNorm1d(2 * width), nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * width, 2 * width),
            nn.Hardswish(),
            nn.Linear(2 * width, WORDS),
            nn.Softmax(dim=-1),  #~ nn.Identity(),
        )

    def forward(self, x):
        return self.head(self.layers(x).amax(dim=-1))


class Trainer:
    def __init__(self, model, train, val, lr, epochs):
        self.model, self.train_loader, self.val_loader = model, train, val
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True, weight_decay=1e-4)
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, max_lr=lr, epochs=epochs, steps_per_epoch=len(train), pct_start=0.2)
        self.epochs = epochs
        self.best = (0.0, None)

    def run(self):
        for epoch in range(1, self.epochs + 1):
            loss = self.one_epoch()
            val_loss, top1, top3 = self.validate()
            if top1 > self.best[0]:
                self.best = (top1, {k: v.clone() for k, v in self.model.state_dict().items()})
            print(f"[{epoch}/{self.epochs}] loss {loss:.3f} val {val_loss:.3f} top1 {top1:.3f} top3 {top3:.3f}")

    def one_epoch(self):
        self.model.train()
        running = None
        for x, y in self.train_loader:
            gain = torch.empty(len(x), 1, 1).uniform_(0.8, 1.25)
            loss = F.cross_entropy(self.model(x * gain), y, label_smoothing=0.05)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            running = loss.item() if running is None else 0.95 * running + 0.05 * loss.item()
        return running

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        outputs, labels = zip(*((self.model(x), y) for x, y in self.val_loader))
        outputs, labels = torch.cat(outputs), torch.cat(labels)
        ranked = outputs.argsort(dim=1, descending=True)
        hit = ranked == labels[:, None]
        return F.cross_entropy(outputs, labels).item(), hit[:, 0].float().mean().item(), hit[:, :3].any(1).float().mean().item()


def main():
    torch.manual_seed(2)
    generator = torch.Generator().manual_seed(77)
    train = TensorDataset(*synthesise(1600, generator))
    val = TensorDataset(*synthesise(400, generator))
    model = Spotter()
    trainer = Trainer(model, DataLoader(train, 32, shuffle=True, drop_last=True), DataLoader(val, 200), lr=0.05, epochs=6)
    trainer.run()
    model.load_state_dict(trainer.best[1])
    print(f"best top1 {trainer.best[0]:.3f}, check {trainer.validate()[1]:.3f}")


if __name__ == "__main__":
    main()
