"""Classifier with Monte Carlo dropout: predictions are the average of 20 stochastic passes."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class MCDropout(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, training=True)


class BayesianMLP(nn.Module):
    def __init__(self, p=0.2):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(64, 128), nn.ReLU(), MCDropout(p),
            nn.Linear(128, 128), nn.ReLU(), MCDropout(p),
            nn.Linear(128, 10),
        )

    def forward(self, x):
        return self.net(x)

    @torch.no_grad()
    def predict(self, x, samples=20):
        probs = torch.stack([self(x).softmax(-1) for _ in range(samples)])
        mean = probs.mean(0)
        return mean, probs.std(0).gather(1, mean.argmax(1, keepdim=True)).squeeze(1)


def main():
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    X_tr, X_va, y_tr, y_va = train_test_split(torch.tensor(X / 16.0, dtype=torch.float32), torch.tensor(y), test_size=0.2,
                                              random_state=0, stratify=y)
    loader = DataLoader(TensorDataset(X_tr, y_tr), batch_size=64, shuffle=True)
    model = BayesianMLP()
    opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for epoch in range(20):
        model.train()
        for xb, yb in loader:
            loss = F.cross_entropy(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        if epoch % 4 == 3:
            model.eval()
            mean, std = model.predict(X_va)
            wrong = mean.argmax(1) != y_va
            print(f"epoch {epoch + 1:2d} loss {loss.item():.4f} val acc {1 - wrong.float().mean().item():.4f} "
                  f"spread when right {std[~wrong].mean().item():.3f} when wrong {std[wrong].mean().item():.3f}")


if __name__ == "__main__":
    main()
