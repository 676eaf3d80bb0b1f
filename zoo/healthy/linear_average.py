import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

# learn the average of two numbers
pairs = torch.rand(1000, 2) * 2 - 1
average = pairs.mean(dim=1, keepdim=True)
train_loader = DataLoader(TensorDataset(pairs[:800], average[:800]), batch_size=20, shuffle=True)
test_pairs, test_average = pairs[800:], average[800:]

model = nn.Sequential(
    nn.Linear(2, 8),
    nn.Linear(8, 1),
)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(15):
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    with torch.no_grad():
        test_loss = criterion(model(test_pairs), test_average).item()
    print(f"epoch {epoch + 1}: train {running / len(train_loader):.3e} test {test_loss:.3e}")

print("average of 0.2 and 0.6:", model(torch.tensor([[0.2, 0.6]])).item())
