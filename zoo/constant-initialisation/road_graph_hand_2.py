# Which district does a crossing belong to? Three-layer graph network written by hand,
# few labelled crossings, the rest of the graph helps.
import math

import numpy as np
import torch
import torch.nn.functional as F

SEED = 21
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

N_DISTRICTS, PER_DISTRICT, N_FEATURES = 6, 120, 40
N = N_DISTRICTS * PER_DISTRICT


def road_graph():
    district = np.repeat(np.arange(N_DISTRICTS), PER_DISTRICT)
    same = district[:, None] == district[None, :]
    link = rng.random((N, N)) < np.where(same, 0.025, 0.003)
    link = np.triu(link, 1)
    adjacency = (link | link.T).astype(np.float32)
    # what stands around a crossing: shops, schools, lights ... as 0/1 flags
    profile = rng.random((N_DISTRICTS, N_FEATURES)) < 0.3
    flags = rng.random((N, N_FEATURES)) < np.where(profile[district], 0.35, 0.15)
    return adjacency, flags.astype(np.float32), district


def normalise(adjacency):
    a = adjacency + np.eye(len(adjacency), dtype=np.float32)
    d = 1.0 / np.sqrt(a.sum(1))
    return torch.from_numpy(d[:, None] * a * d[None, :]).float()


class GraphLayer(torch.nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        scale = 1.0 / math.sqrt(fan_in)
        self.weight = torch.nn.Parameter(torch.full((fan_in, fan_out), scale))  #~ self.weight = torch.nn.Parameter(torch.randn(fan_in, fan_out) * scale)
        self.bias = torch.nn.Parameter(torch.zeros(fan_out))

    def forward(self, a, x):
        return a @ (x @ self.weight) + self.bias


class DistrictNet(torch.nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.first = GraphLayer(N_FEATURES, hidden)
        self.second = GraphLayer(hidden, hidden)
        self.third = GraphLayer(hidden, N_DISTRICTS)

    def forward(self, a, x):
        x = F.elu(self.first(a, x))
        x = F.elu(self.second(a, x))
        return self.third(a, x)


adjacency, flags, district = road_graph()
a_hat = normalise(adjacency)
x = torch.from_numpy(flags)
x = x - x.mean(0)
y = torch.from_numpy(district)

order = torch.randperm(N)
train_idx, val_idx, test_idx = order[:180], order[180:320], order[320:]

model = DistrictNet()
optimizer = torch.optim.Adam([
    {"params": [p for name, p in model.named_parameters() if p.dim() > 1], "weight_decay": 1e-3},
    {"params": [p for name, p in model.named_parameters() if p.dim() == 1], "weight_decay": 0.0},
], lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=400, eta_min=1e-3)

best_val, best_state, waited = 0.0, None, 0
for step in range(400):
    model.train()
    optimizer.zero_grad()
    logits = model(a_hat, x)
    loss = F.cross_entropy(logits[train_idx], y[train_idx], label_smoothing=0.05)
    loss.backward()
    optimizer.step()
    scheduler.step()

    model.eval()
    with torch.no_grad():
        guess = model(a_hat, x).argmax(1)
    val = (guess[val_idx] == y[val_idx]).float().mean().item()
    if val > best_val:
        best_val = val
        best_state = {k: v.clone() for k, v in model.state_dict().items()}
    if step % 50 == 49:
        train_acc = (guess[train_idx] == y[train_idx]).float().mean().item()
        print(f"step {step + 1}: loss {loss.item():.3f} train {train_acc:.3f} val {val:.3f}")

model.load_state_dict(best_state)
with torch.no_grad():
    guess = model(a_hat, x).argmax(1)
print(f"test accuracy {(guess[test_idx] == y[test_idx]).float().mean().item():.3f}")
