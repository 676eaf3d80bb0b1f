import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Layer(nn.Module):
    def __init__(self, channels_in, channels_out, dilation):
        super().__init__()
        self.conv = nn.Conv1d(channels_in, channels_out, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels_out)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x)))


class TCN(nn.Module):
    def __init__(self, channels, depth, classes):
        super().__init__()
        dilations = [1, 1, 2, 2, 4, 4, 8, 8, 4, 4, 2, 2][:depth]
        self.layers = nn.Sequential(*[Layer(channels if i else 1, channels, d) for i, d in enumerate(dilations)])
        self.head = nn.Linear(channels, classes)

    def train(self, mode=True):
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm1d):
                m.eval()  #~ m.train(mode)
        return self

    def forward(self, x):
        return self.head(self.layers(x).mean(dim=2))


def signals(n, length, generator):
    """Three bearings: healthy hum, chirp up, chirp down."""
    label = torch.randint(3, (n,), generator=generator)
    t = torch.linspace(0, 1, length)
    rate = torch.tensor([0.0, 6.0, -6.0])[label].unsqueeze(1)
    start = 10 - rate / 2 + 2 * torch.rand(n, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(n, 1, generator=generator)
    wave = torch.sin(2 * math.pi * (start * t + rate * t**2 / 2) + phase)
    x = wave + 0.4 * torch.randn(n, length, generator=generator)
    return x.unsqueeze(1), label


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=2e-3)
    return parser.parse_args()


def main():
    args = parse()
    torch.manual_seed(23)
    generator = torch.Generator().manual_seed(23)
    x_train, y_train = signals(1200, 64, generator)
    x_val, y_val = signals(400, 64, generator)
    mean, std = x_train.mean(), x_train.std()
    x_train, x_val = (x_train - mean) / std, (x_val - mean) / std
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=args.batch_size, shuffle=True, drop_last=True)

    model = TCN(args.channels, args.depth, classes=3)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            loss = loss_fn(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            val = loss_fn(logits, y_val).item()
            accuracy = (logits.argmax(1) == y_val).float().mean().item()
        print(f"epoch {epoch + 1}: train {total / len(loader):.4f}  val {val:.4f}  accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
