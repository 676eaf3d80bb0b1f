import argparse
import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class HumRecordings(Dataset):
    """Short windows of a machine's hum, with and without noise on top."""

    def __init__(self, count, length, seed, noise=0.6):
        rng = np.random.default_rng(seed)
        t = np.arange(length) / length
        base = rng.choice([2, 3, 4, 5], size=(count, 1))
        phase = rng.uniform(0, 2 * math.pi, size=(count, 2))
        clean = np.sin(2 * math.pi * base * t + phase[:, :1])
        clean += 0.5 * np.sin(4 * math.pi * base * t + phase[:, 1:])
        self.clean = torch.tensor(clean, dtype=torch.float32)
        self.noisy = self.clean + noise * torch.tensor(rng.normal(size=clean.shape), dtype=torch.float32)

    def __len__(self):
        return len(self.clean)

    def __getitem__(self, i):
        return self.noisy[i], self.clean[i]


def start_values(module):
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.weight)  #~ nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


class Denoiser(nn.Module):
    def __init__(self, length, widths):
        super().__init__()
        sizes = [length, *widths]
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.back = nn.Linear(sizes[-1], length)
        self.apply(start_values)

    def forward(self, x):
        return self.back(self.body(x))


class Trainer:
    def __init__(self, model, args):
        self.model = model
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr, alpha=0.95, momentum=0.5)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=args.epochs // 2, gamma=0.3)
        self.loss = nn.MSELoss()
        self.clip = args.clip
        self.best = float("inf")
        self.bad_epochs = 0

    def train_epoch(self, loader):
        self.model.train()
        total = 0.0
        for noisy, clean in loader:
            self.optimizer.zero_grad(set_to_none=False)
            loss = self.loss(self.model(noisy), clean)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
            self.optimizer.step()
            total += loss.item() * len(noisy)
        self.scheduler.step()
        return total / len(loader.dataset)

    @torch.no_grad()
    def signal_to_noise(self, loader):
        self.model.eval()
        power = error = 0.0
        for noisy, clean in loader:
            power += clean.pow(2).sum().item()
            error += (self.model(noisy) - clean).pow(2).sum().item()
        return 10 * math.log10(power / error)

    def fit(self, train, val, epochs):
        for epoch in range(epochs):
            loss = self.train_epoch(train)
            snr = self.signal_to_noise(val)
            if epoch % 4 == 0 or epoch == epochs - 1:
                lr = self.optimizer.param_groups[0]["lr"]
                print(f"epoch {epoch:2d}  loss {loss:.4f}  val SNR {snr:5.2f} dB  lr {lr:g}")


def main():
    parser = argparse.ArgumentParser(description="denoise machine hum")
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--widths", type=int, nargs="+", default=[128, 96])
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--clip", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    train = DataLoader(HumRecordings(2400, args.length, args.seed), args.batch, shuffle=True, drop_last=True)
    val = DataLoader(HumRecordings(500, args.length, args.seed + 1), batch_size=250)
    model = Denoiser(args.length, args.widths)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    Trainer(model, args).fit(train, val, args.epochs)


if __name__ == "__main__":
    main()
