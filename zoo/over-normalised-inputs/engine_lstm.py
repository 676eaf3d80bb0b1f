"""Tell engine conditions apart from a window of three sensors: speed (rpm), manifold pressure (Pa), exhaust temperature (K)."""
import math

import torch
import torch.nn as nn

CONDITIONS = ["normal", "misfire", "leak", "overheating"]
WINDOW = 30


def record(n, seed):
    g = torch.Generator().manual_seed(seed)
    label = torch.randint(len(CONDITIONS), (n,), generator=g)
    t = torch.arange(WINDOW, dtype=torch.float32)
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    amplitude = torch.where(label == 1, 900.0, 500.0).unsqueeze(1)
    rpm = 2800 + amplitude * torch.sin(0.6 * t + phase) + 150 * torch.randn(n, WINDOW, generator=g)
    lag = torch.where(label == 2, 1.4, 0.4).unsqueeze(1)
    pressure = 98000 + 4000 * torch.sin(0.6 * t + phase - lag) + 1200 * torch.randn(n, WINDOW, generator=g)
    slope = torch.where(label == 3, 2.2, 0.4).unsqueeze(1)
    temperature = 700 + slope * t + 15 * torch.randn(n, 1, generator=g) + 9 * torch.randn(n, WINDOW, generator=g)
    return torch.stack([rpm, pressure, temperature], dim=2), label


class Classifier(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(3, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, len(CONDITIONS))

    def forward(self, x):
        output, _ = self.lstm(x)
        return self.fc(output.mean(dim=1))


def fit_scaling(x):
    return x.mean(dim=(0, 1)), x.var(dim=(0, 1))  #~ return x.mean(dim=(0, 1)), x.std(dim=(0, 1))


torch.manual_seed(29)
x_train, y_train = record(1600, seed=1)
x_val, y_val = record(400, seed=2)
centre, spread = fit_scaling(x_train)
x_train, x_val = (x_train - centre) / spread, (x_val - centre) / spread

model = Classifier()
optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3, momentum=0.5)
criterion = nn.CrossEntropyLoss()
batch_size = 32

for epoch in range(1, 9):
    model.train()
    perm = torch.randperm(len(x_train))
    total = 0.0
    for i in range(0, len(perm), batch_size):
        rows = perm[i : i + batch_size]
        loss = criterion(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    if epoch == 6:
        for group in optimizer.param_groups:
            group["lr"] *= 0.3
    model.eval()
    with torch.no_grad():
        logits = model(x_val)
        accuracy = (logits.argmax(1) == y_val).float().mean()
    print(f"epoch {epoch}  train {total / len(perm):.4f}  val {criterion(logits, y_val):.4f}  accuracy {accuracy:.3f}")

confusion = torch.zeros(4, 4, dtype=torch.long)
for truth, guess in zip(y_val, logits.argmax(1)):
    confusion[truth, guess] += 1
print(confusion)
