import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class Top1MoE(nn.Module):
    """Switch-style layer: every sample is sent to one expert, scaled by its gate probability."""

    def __init__(self, dim, n_experts, hidden=32):
        super().__init__()
        self.gate = nn.Linear(dim, n_experts, bias=False)
        nn.init.normal_(self.gate.weight, std=0.02)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, dim)) for _ in range(n_experts)
        )

    def forward(self, x):
        probs = self.gate(x).softmax(dim=-1)
        top_p, top_i = probs.max(dim=-1)
        out = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            rows = (top_i == e).nonzero().squeeze(1)
            if len(rows):
                out = out.index_add(0, rows, top_p[rows, None] * expert(x[rows]))
        share = F.one_hot(top_i, len(self.experts)).float().mean(0)
        balance = len(self.experts) * (share * probs.mean(0)).sum()
        return out, balance, top_i


class SwitchNet(nn.Module):
    def __init__(self, dim=48, n_experts=8):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(64, dim), nn.ReLU())
        self.norm = nn.LayerNorm(dim)
        self.moe = Top1MoE(dim, n_experts)
        self.head = nn.Linear(dim, 10)

    def forward(self, x):
        h = self.stem(x)
        out, balance, route = self.moe(self.norm(h))
        return self.head(h + out), balance, route


torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16.0, y, test_size=0.2, random_state=0, stratify=y)
X_train, X_val = torch.tensor(X_train).float(), torch.tensor(X_val).float()
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)

model = SwitchNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=16, eta_min=1e-4)

for epoch in range(16):
    model.train()
    order = torch.randperm(len(X_train))
    total = 0.0
    for idx in order.split(16):
        logits, balance, _ = model(X_train[idx])
        loss = F.cross_entropy(logits, y_train[idx]) + 0.05 * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    scheduler.step()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            logits, _, route = model(X_val)
        acc = (logits.argmax(1) == y_val).float().mean().item()
        print(f"epoch {epoch:2d} loss {total / len(order):.4f} val acc {acc:.4f} experts used {route.bincount(minlength=8).tolist()}")
