"""Sharpness-aware minimisation on the wine data."""
import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base_optimizer = base_optimizer(self.param_groups, **kwargs)

    @torch.no_grad()
    def first_step(self):
        norm = torch.stack([p.grad.norm() for g in self.param_groups for p in g["params"] if p.grad is not None]).norm()
        for group in self.param_groups:
            scale = group["rho"] / (norm + 1e-12)
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p]["shift"] = p.grad * scale
                    p.add_(self.state[p]["shift"])
        self.zero_grad()

    @torch.no_grad()
    def second_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(self.state[p]["shift"])
        self.base_optimizer.step()
        self.zero_grad()


def main():
    torch.manual_seed(0)
    X, y = load_wine(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    scaler = StandardScaler().fit(X_train)
    X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
    X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
    y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)

    model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = SAM(model.parameters(), torch.optim.SGD, rho=0.05, lr=0.05, momentum=0.9)
    for epoch in range(40):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(X_train)).split(16):
            loss = F.cross_entropy(model(X_train[idx]), y_train[idx])
            loss.backward()
            optimizer.first_step()
            F.cross_entropy(model(X_train[idx]), y_train[idx]).backward()
            optimizer.second_step()
            total += loss.item() * len(idx)
        if epoch % 5 == 4:
            model.eval()
            with torch.no_grad():
                out = model(X_val)
            print(f"epoch {epoch + 1:2d} train {total / len(X_train):.4f} val {F.cross_entropy(out, y_val).item():.4f} "
                  f"acc {(out.argmax(1) == y_val).float().mean().item():.4f}")


if __name__ == "__main__":
    main()
