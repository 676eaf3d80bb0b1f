"""Iris classifier with a trainer that validates once before the first epoch."""
import copy
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class IrisModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch):
        x, y = batch
        return self.criterion(self.body(x), y)

    def validation_step(self, batch):
        x, y = batch
        out = self.body(x)
        return self.criterion(out, y).item() * len(y), (out.argmax(1) == y).sum().item(), len(y)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=5e-3)


class Trainer:
    def __init__(self, max_epochs, check_val_every=5):
        self.max_epochs = max_epochs
        self.check_val_every = check_val_every

    def validate(self, module, loader):
        module.eval()
        with torch.no_grad():
            loss, hits, n = map(sum, zip(*(module.validation_step(b) for b in loader)))
        module.train()
        return loss / n, hits / n

    def fit(self, module, train_loader, val_loader):
        print("sanity check: val loss %.4f acc %.4f" % self.validate(module, val_loader))
        optimizer = module.configure_optimizers()
        best, best_state = math.inf, None
        for epoch in range(1, self.max_epochs + 1):
            losses = []
            for batch in train_loader:
                optimizer.zero_grad()
                loss = module.training_step(batch)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            if epoch % self.check_val_every == 0:
                val_loss, val_acc = self.validate(module, val_loader)
                if val_loss < best:
                    best, best_state = val_loss, copy.deepcopy(module.state_dict())
                print(f"epoch {epoch:2d} train {sum(losses) / len(losses):.4f} val {val_loss:.4f} acc {val_acc:.4f}")
        module.load_state_dict(best_state)


def main():
    torch.manual_seed(0)
    X, y = load_iris(return_X_y=True)
    X_dev, X_test, y_dev, y_test = train_test_split(X, y, test_size=30, random_state=0, stratify=y)
    X_train, X_val, y_train, y_val = train_test_split(X_dev, y_dev, test_size=24, random_state=0, stratify=y_dev)
    scaler = StandardScaler().fit(X_train)
    dataset = lambda a, b: TensorDataset(torch.tensor(scaler.transform(a), dtype=torch.float32), torch.tensor(b))
    module = IrisModule()
    trainer = Trainer(max_epochs=50)
    trainer.fit(module, DataLoader(dataset(X_train, y_train), batch_size=16, shuffle=True), DataLoader(dataset(X_val, y_val), batch_size=24))
    print("test: loss %.4f acc %.4f" % trainer.validate(module, DataLoader(dataset(X_test, y_test), batch_size=30)))


if __name__ == "__main__":
    main()
