"""Self-supervised training with an online network, a predictor and a slowly moving target network."""
import copy

import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split


def mlp(a, hidden, b):
    return nn.Sequential(nn.Linear(a, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, b))


class BYOL(nn.Module):
    def __init__(self, momentum=0.98):
        super().__init__()
        self.encoder = mlp(64, 128, 64)
        self.projector = mlp(64, 64, 32)
        self.predictor = mlp(32, 64, 32)
        self.target = copy.deepcopy(nn.Sequential(self.encoder, self.projector))
        self.target.requires_grad_(False)
        self.momentum = momentum

    def loss(self, a, b):
        p_a = self.predictor(self.projector(self.encoder(a)))
        p_b = self.predictor(self.projector(self.encoder(b)))
        with torch.no_grad():
            t_a, t_b = self.target(a), self.target(b)
        return 2 - F.cosine_similarity(p_a, t_b).mean() - F.cosine_similarity(p_b, t_a).mean()

    @torch.no_grad()
    def update_target(self):
        online = list(self.encoder.parameters()) + list(self.projector.parameters())
        for t, o in zip(self.target.parameters(), online):
            t.lerp_(o, 1 - self.momentum)


def view(x):
    mask = (torch.rand_like(x) > 0.25).float()
    return x * mask + 0.1 * torch.randn_like(x)


@torch.no_grad()
def embed(model, x):
    model.eval()
    z = model.encoder(x).numpy()
    model.train()
    return z


def main():
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(torch.tensor(X / 16, dtype=torch.float32), y, test_size=400, random_state=0, stratify=y)
    model = BYOL()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=2e-3, weight_decay=1e-4)
    model.train()
    for epoch in range(1, 31):
        total, batches = 0.0, 0
        for idx in torch.randperm(len(X_train))[:1344].split(64):
            x = X_train[idx]
            loss = model.loss(view(x), view(x))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            model.update_target()
            total += loss.item()
            batches += 1
        if epoch % 10 == 0:
            z_train, z_val = embed(model, X_train), embed(model, X_val)
            probe = LogisticRegression(max_iter=500).fit(z_train, y_train)
            print(f"epoch {epoch:2d} loss {total / batches:.4f} spread {z_val.std(0).mean():.3f} linear probe {probe.score(z_val, y_val):.4f}")


if __name__ == "__main__":
    main()
