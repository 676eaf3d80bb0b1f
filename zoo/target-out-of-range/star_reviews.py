"""Predict how many stars a customer gives from what is known about the order."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


def simulate_orders(n=3000, seed=11):
    rng = np.random.default_rng(seed)
    delay = rng.gamma(2.0, 2.0, n)
    price = rng.lognormal(3.0, 0.5, n)
    returned = rng.random(n) < 0.15
    contacts = rng.poisson(0.6, n)
    score = 4.6 - 0.35 * delay - 0.9 * returned - 0.6 * contacts + 0.01 * price + rng.normal(0, 0.35, n)
    stars = np.clip(np.round(score), 1, 5).astype(np.int64)
    features = np.stack([delay, np.log(price), returned, contacts], axis=1).astype(np.float32)
    return features, stars


class ReviewDataset(Dataset):
    def __init__(self, features, stars, mean, std):
        self.features = torch.from_numpy((features - mean) / std)
        self.stars = torch.from_numpy(stars)

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, i):
        return self.features[i], self.stars[i]  #~ return self.features[i], self.stars[i] - 1


class StarModel(nn.Module):
    def __init__(self, n_in=4, n_classes=5):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_in, 32),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Linear(32, 32),
            nn.ReLU(),
        )
        self.head = nn.Linear(32, n_classes)

    def forward(self, x):
        return self.head(self.body(x))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, hits, count = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            logits = model(x)
            loss = criterion(logits, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(x)
            hits += (logits.argmax(1) == y).sum().item()
            count += len(x)
    return loss_sum / count, hits / count


if __name__ == "__main__":
    torch.manual_seed(0)
    features, stars = simulate_orders()
    mean, std = features[:2400].mean(0), features[:2400].std(0)
    train_set = ReviewDataset(features[:2400], stars[:2400], mean, std)
    val_set = ReviewDataset(features[2400:], stars[2400:], mean, std)
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=300)
    model = StarModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=8, gamma=0.3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(12):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = run_epoch(model, val_loader, criterion)
        scheduler.step()
        print(f"{epoch:2d} | {train_loss:.4f} {train_acc:.3f} | {val_loss:.4f} {val_acc:.3f}")
