"""Disease progression after one year (scikit-learn's diabetes data) with a small network."""
import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset


class DiabetesDataset(Dataset):
    def __init__(self, rows, targets):
        self.rows = rows.astype(np.float32)
        self.targets = targets.astype(np.float32)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i], self.targets[i]


def prepare(seed=0, val_share=0.2):
    data = load_diabetes()
    order = np.random.default_rng(seed).permutation(len(data.target))
    cut = int(len(order) * val_share)
    val, train = order[:cut], order[cut:]
    scaler = StandardScaler().fit(data.data[train])
    mean, std = data.target[train].mean(), data.target[train].std()
    targets = (data.target - mean) / std
    return (DiabetesDataset(scaler.transform(data.data[train]), targets[train]),
            DiabetesDataset(scaler.transform(data.data[val]), targets[val]))


def train(model, train_set, val_set, epochs=60):
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=len(val_set))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
    criterion = nn.MSELoss()
    for epoch in range(1, epochs + 1):
        model.train()
        epoch_loss = 0.0
        for rows, targets in train_loader:
            optimizer.zero_grad()
            predictions = model(rows)
            loss = criterion(predictions, targets)  #~ loss = criterion(predictions, targets.unsqueeze(1))
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            rows, targets = next(iter(val_loader))
            error = model(rows).numpy().ravel() - targets.numpy()
        if epoch % 10 == 0:
            print(f"epoch {epoch}: train mse {epoch_loss / len(train_set):.4f}, "
                  f"val mse {np.mean(error ** 2):.4f}, val mae {np.abs(error).mean():.4f}")


def main():
    torch.manual_seed(0)
    train_set, val_set = prepare()
    model = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 1))
    train(model, train_set, val_set)


if __name__ == "__main__":
    main()
