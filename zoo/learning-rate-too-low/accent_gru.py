"""Tell four generated 'speakers' apart by their pitch curves."""
import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def pitch_curves(n, seed, steps=40):
    g = torch.Generator().manual_seed(seed)
    speaker = torch.randint(4, (n,), generator=g)
    t = torch.linspace(0, 1, steps)
    rate = torch.tensor([2.0, 3.0, 2.0, 3.0])[speaker, None] + 0.2 * torch.randn(n, 1, generator=g)
    fall = torch.tensor([-0.8, -0.8, 0.8, 0.8])[speaker, None] + 0.3 * torch.randn(n, 1, generator=g)
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    pitch = torch.sin(2 * math.pi * rate * t + phase) + fall * (t - 0.5) * 2
    loudness = torch.cos(2 * math.pi * rate * t + phase)
    curves = torch.stack([pitch, loudness], dim=2) + 0.3 * torch.randn(n, steps, 2, generator=g)
    return curves, speaker


class SpeakerModel(nn.Module):
    def __init__(self, hidden, layers, dropout):
        super().__init__()
        self.gru = nn.GRU(2, hidden, layers, batch_first=True, dropout=dropout)
        self.norm = nn.LayerNorm(hidden)
        self.fc = nn.Linear(hidden, 4)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(self.norm(out[:, -1]))


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=24)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--lr", type=float, default=2e-5)  #~ parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--wd", type=float, default=1e-2)
    return parser.parse_args()


def main():
    args = get_args()
    torch.manual_seed(0)
    train_loader = DataLoader(TensorDataset(*pitch_curves(1200, 0)), batch_size=40, shuffle=True)
    val_loader = DataLoader(TensorDataset(*pitch_curves(400, 1)), batch_size=200)
    model = SpeakerModel(args.hidden, args.layers, args.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.wd)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs * len(train_loader))
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for curves, speaker in train_loader:
            loss = criterion(model(curves), speaker)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            total += loss.item() * len(speaker)
        model.eval()
        with torch.no_grad():
            hits = sum((model(x).argmax(1) == s).sum().item() for x, s in val_loader)
        print(f"epoch {epoch + 1}/{args.epochs} loss {total / 1200:.4f} val_acc {hits / 400:.4f}")


if __name__ == "__main__":
    main()
