import csv
from pathlib import Path

import torch
from torch import nn

torch.manual_seed(3)
EPOCHS = 30
BATCH = 16

rows = []
with open(Path(__file__).with_name("wine.csv"), newline="") as f:
    reader = csv.reader(f)
    header = next(reader)
    for row in reader:
        rows.append([float(v) for v in row])
table = torch.tensor(rows)
features, target = table[:, :-1], table[:, -1].long()
print(f"{len(table)} wines, {features.shape[1]} columns, {int(target.max()) + 1} cultivars")

order = torch.randperm(len(table))
val_idx, train_idx = order[:45], order[45:]
x_train, y_train = features[train_idx], target[train_idx]
x_val, y_val = features[val_idx], target[val_idx]

model = nn.Sequential(
    nn.Linear(features.shape[1], 32),
    nn.Tanh(),
    nn.Linear(32, 16),
    nn.Tanh(),
    nn.Linear(16, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.8)

for epoch in range(EPOCHS):
    model.train()
    running = 0.0
    batches = torch.randperm(len(x_train)).split(BATCH)
    for idx in batches:
        optimizer.zero_grad()
        loss = criterion(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    if (epoch + 1) % 5 == 0:
        model.eval()
        with torch.no_grad():
            scores = model(x_val)
            val_loss = criterion(scores, y_val).item()
            accuracy = (scores.argmax(dim=1) == y_val).float().mean().item()
        print(f"epoch {epoch + 1:3d} | loss {running / len(x_train):.4f} | val loss {val_loss:.4f} | val accuracy {accuracy:.3f}")
