"""Does a storm follow? LSTM over two days of barometer readings."""
import pathlib

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(55)
here = pathlib.Path(__file__).parent
record = np.load(here / "barometer.npz")
readings = torch.from_numpy(record["readings"]).float().unsqueeze(-1)
storm = torch.from_numpy(record["storm"]).float()
cut = int(0.8 * len(storm))
train_loader = DataLoader(TensorDataset(readings[:cut], storm[:cut]), batch_size=40, shuffle=True)
x_val, y_val = readings[cut:], storm[cut:]


class StormNet(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.mix = nn.Linear(2 * hidden, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        states, (last, _) = self.lstm(x)
        pooled = torch.cat([states.mean(dim=1), last[-1]], dim=1)
        return self.out(torch.relu(self.mix(pooled))).squeeze(1)


net = StormNet()
share = storm[:cut].mean()
criterion = nn.BCEWithLogitsLoss(pos_weight=(1 - share) / share)
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=4)

best, best_state, stale = float("inf"), None, 0
for epoch in range(20):
    net.train()
    total = 0.0
    for xb, yb in train_loader:
        loss = criterion(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(yb)

    net.eval()
    with torch.no_grad():
        logits = net(x_val)
        val = criterion(logits, y_val).item()
        guess = (logits > 0).float()
    recall = guess[y_val == 1].mean().item()
    false_alarms = guess[y_val == 0].mean().item()
    plateau.step(val)
    print(f"epoch {epoch:2d}  train {total / cut:.4f}  val {val:.4f}  recall {recall:.3f}  false alarms {false_alarms:.3f}")
    if val < best - 1e-4:
        best, stale = val, 0
        best_state = {k: v.clone() for k, v in net.state_dict().items()}
    else:
        stale += 1
    if stale == 12:
        print("no better for twelve epochs")
        break

net.load_state_dict(best_state)
with torch.no_grad():
    guess = net(x_val) > 0
balanced = 0.5 * (guess[y_val == 1].float().mean() + (~guess[y_val == 0]).float().mean())
print(f"best val {best:.4f}, balanced accuracy {balanced.item():.3f}")
