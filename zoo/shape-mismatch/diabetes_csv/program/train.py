"""Progression of diabetes after one year from ten measurements."""

import csv
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load_patients(path):
    with open(path, newline="") as f:
        reader = csv.reader(f)
        next(reader)
        rows = [[float(cell) for cell in row] for row in reader]
    data = torch.tensor(rows)
    return data[:, :-1], data[:, -1:]


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(10, 16),
            nn.Tanh(),
            nn.Linear(16, 1),
        )

    def forward(self, x):
        return self.layers(x)


class Standard:
    def fit(self, values):
        self.mean = values.mean(0)
        self.std = values.std(0)
        return self

    def transform(self, values):
        return (values - self.mean) / self.std


def main():
    torch.manual_seed(9)
    x, y = load_patients(Path(__file__).with_name("patients.csv"))
    x_train, y_train, x_val, y_val = x[:352], y[:352], x[352:], y[352:]
    inputs, outputs = Standard().fit(x_train), Standard().fit(y_train)
    train = TensorDataset(inputs.transform(x_train), outputs.transform(y_train))
    loader = DataLoader(train, batch_size=32, shuffle=True)
    x_val, y_val = inputs.transform(x_val), outputs.transform(y_val)

    model = Regressor()
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for epoch in range(20):
        model.train()
        running = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(xb)
        if epoch % 5 == 4:
            model.eval()
            with torch.no_grad():
                val_loss = criterion(model(x_val), y_val).item()
            print(f"epoch {epoch + 1}: train {running / len(train):.3f}  val {val_loss:.3f}  R2 {1 - val_loss / y_val.var(unbiased=False).item():.3f}")


if __name__ == "__main__":
    main()
