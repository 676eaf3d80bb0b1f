"""Rank transactions by fraud risk; about two percent are fraudulent."""
import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def make_transactions(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 10)).astype(np.float32)
    score = 1.6 * x[:, 0] + 1.2 * x[:, 1] * (x[:, 2] > 0) - 1.0 * x[:, 3] - 6.2
    y = (rng.random(n) < 1 / (1 + np.exp(-score))).astype(np.float32)
    return x, y


class RiskModel(nn.Module):
    def __init__(self, in_dim=10, hidden=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(in_dim, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU(), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        p = torch.sigmoid(model(x)).numpy()
    return roc_auc_score(y, p), average_precision_score(y, p), ((p > 0.5) == (y > 0.5)).mean()


def main():
    torch.manual_seed(0)
    x, y = make_transactions(12000, seed=0)
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.33, random_state=0, stratify=y)
    print(f"fraud rate: train {y_train.mean():.4f}, val {y_val.mean():.4f}")
    loader = DataLoader(TensorDataset(torch.tensor(x_train), torch.tensor(y_train)), batch_size=128, shuffle=True)
    x_val = torch.tensor(x_val)

    model = RiskModel()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    for epoch in range(12):
        model.train()
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        auc, ap, acc = evaluate(model, x_val, y_val)
        print(f"epoch {epoch + 1:2d} loss {total / len(y_train):.4f} auroc {auc:.4f} average precision {ap:.4f} accuracy {acc:.4f}")


if __name__ == "__main__":
    main()
