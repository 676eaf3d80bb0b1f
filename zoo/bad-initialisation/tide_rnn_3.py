# Next-hour water level at the harbour from the last 30 hours.
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(8)
rng = np.random.default_rng(8)

HISTORY, HIDDEN, BATCH = 30, 48, 64

hours = np.arange(4200)
moon = np.sin(2 * np.pi * hours / 12.42 + 0.3)
sun = 0.45 * np.sin(2 * np.pi * hours / 12.0)
day = 0.2 * np.sin(2 * np.pi * hours / 24.0 + 1.0)
surge = np.zeros(len(hours))
for h in range(1, len(hours)):
    surge[h] = 0.93 * surge[h - 1] + rng.normal(0, 0.08)
level = 1.8 + moon + sun + day + surge + rng.normal(0, 0.03, len(hours))
wind = np.convolve(surge, [0.0, 0.3, 0.7], mode="same") + rng.normal(0, 0.1, len(hours))

series = np.stack([level, wind], axis=1)
mean, std = series[:3200].mean(0), series[:3200].std(0)
series = torch.tensor((series - mean) / std, dtype=torch.float32)
windows = series.unfold(0, HISTORY + 1, 1).transpose(1, 2)     # (n, HISTORY + 1, 2)
inputs, target = windows[:, :-1], windows[:, -1, 0]
cut = 3200 - HISTORY
train_x, train_y = inputs[:cut], target[:cut]
test_x, test_y = inputs[cut:], target[cut:]


class TideNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="tanh", batch_first=True)
        self.drop = nn.Dropout(0.0)
        self.out = nn.Linear(HIDDEN, 1)
        for name, p in self.rnn.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.normal_(p, std=1.0)  #~ nn.init.orthogonal_(p)
            elif name.startswith("weight_ih"):
                nn.init.xavier_uniform_(p)
            else:
                nn.init.zeros_(p)

    def forward(self, x):
        states, last = self.rnn(x)
        return self.out(self.drop(last[-1])).squeeze(-1)


net = TideNet()
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
averaged = {k: v.clone() for k, v in net.state_dict().items()}

for epoch in range(9):
    net.train()
    order = torch.randperm(len(train_x))
    running = []
    for i in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[i:i + BATCH]
        loss = nn.functional.mse_loss(net(train_x[rows]), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        running.append(loss.item())
        for k, v in net.state_dict().items():
            averaged[k].mul_(0.97).add_(v, alpha=0.03)

    shadow = TideNet()
    shadow.load_state_dict(averaged)
    shadow.eval()
    with torch.no_grad():
        rmse = (shadow(test_x) - test_y).pow(2).mean().sqrt().item() * std[0]
    print(f"epoch {epoch + 1}: loss {np.mean(running):.4f}, test rmse {100 * rmse:.1f} cm")

still = (test_x[:, -1, 0] - test_y).pow(2).mean().sqrt().item() * std[0]
print(f"no change at all would be off by {100 * still:.1f} cm")
