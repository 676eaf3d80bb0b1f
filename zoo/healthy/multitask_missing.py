"""Two heads on digits: the class, and the amount of ink, which was measured for about half of the samples only."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

SEED = 0
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU())
        self.digit = nn.Linear(64, 10)
        self.ink = nn.Linear(64, 1)

    def forward(self, x):
        h = self.shared(x)
        return self.digit(h), self.ink(h).squeeze(1)


def masked_mse(pred, target):
    known = ~torch.isnan(target)
    if not known.any():
        return pred.new_zeros(())
    return F.mse_loss(pred[known], target[known])


digits = load_digits()
pixels = digits.data.astype(np.float32) / 16
ink = pixels[:, :32].mean(1) / pixels.mean(1)
order = rng.permutation(len(pixels))
train, val = order[:1400], order[1400:]
ink = (ink - ink[train].mean()) / ink[train].std()
measured = ink.copy()
measured[rng.random(len(ink)) < 0.5] = np.nan

dataset = TensorDataset(torch.from_numpy(pixels[train]), torch.from_numpy(digits.target[train]), torch.from_numpy(measured[train]))
loader = DataLoader(dataset, batch_size=32, shuffle=True)
x_val, y_val, ink_val = torch.from_numpy(pixels[val]), torch.from_numpy(digits.target[val]), torch.from_numpy(ink[val])

model = TwoHeads()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 21):
    model.train()
    sums, counts = np.zeros(2), np.zeros(2)
    for x, y, t in loader:
        logits, ink_pred = model(x)
        ce = F.cross_entropy(logits, y)
        mse = masked_mse(ink_pred, t)
        loss = ce + 0.5 * mse
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count = np.array([len(x), (~torch.isnan(t)).sum().item()])
        sums += count * [ce.item(), mse.item()]
        counts += count
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            logits, ink_pred = model(x_val)
            acc = (logits.argmax(1) == y_val).float().mean().item()
            r2 = 1 - F.mse_loss(ink_pred, ink_val).item() / ink_val.var(unbiased=False).item()
        ce_mean, mse_mean = sums / counts
        print(f"epoch {epoch:2d} ce {ce_mean:.4f} mse {mse_mean:.4f} | val acc {acc:.4f} ink R2 {r2:.4f}")
