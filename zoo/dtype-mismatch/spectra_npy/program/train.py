"""Minerals from their reflectance spectra (48 bands)."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Spectra(Dataset):
    def __init__(self, spectra="spectra.npy", kinds="kinds.npy"):
        self.spectra = np.load(spectra)
        self.kinds = np.load(kinds)

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        return torch.from_numpy(self.spectra[i]), self.kinds[i]


class SpectrumNet(nn.Module):
    def __init__(self, bands=48, kinds=3):
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 5, padding=2)
        self.fc1 = nn.Linear(8 * bands // 2, 32)
        self.fc2 = nn.Linear(32, kinds)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv(x.unsqueeze(1))), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Fit:
    def __init__(self, lr=3e-3, batch_size=30):
        torch.manual_seed(24)
        train, val = random_split(Spectra(), [960, 240])
        self.train_loader = DataLoader(train, batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(val, batch_size=240)
        self.model = SpectrumNet()
        self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=lr)

    def epoch(self):
        self.model.train()
        losses = []
        for spectra, kinds in self.train_loader:
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(spectra), kinds)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return np.mean(losses)

    def accuracy(self):
        self.model.eval()
        with torch.no_grad():
            spectra, kinds = next(iter(self.val_loader))
            return (self.model(spectra).argmax(1) == kinds).float().mean().item()


if __name__ == "__main__":
    fit = Fit()
    for number in range(1, 7):
        print(f"epoch {number}  loss {fit.epoch():.4f}  val accuracy {fit.accuracy():.3f}")
