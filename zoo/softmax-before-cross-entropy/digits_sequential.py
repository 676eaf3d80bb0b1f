import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1234)

# data
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
perm = torch.randperm(len(images))
train_idx, val_idx = perm[:1440], perm[1440:]
mean, std = images[train_idx].mean(), images[train_idx].std()
images = (images - mean) / std

train_loader = DataLoader(TensorDataset(images[train_idx], labels[train_idx]), batch_size=64, shuffle=True)
val_images, val_labels = images[val_idx], labels[val_idx]

# network
layers = []
width = 64
for hidden in (128, 64):
    layers += [nn.Linear(width, hidden), nn.ReLU()]
    width = hidden
layers += [nn.Linear(width, 10), nn.Softmax(dim=1)]  #~ layers += [nn.Linear(width, 10)]
model = nn.Sequential(*layers)

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)

# training
for epoch in range(15):
    model.train()
    running_loss = 0.0
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * inputs.size(0)

    model.eval()
    with torch.no_grad():
        outputs = model(val_images)
        val_loss = criterion(outputs, val_labels).item()
        _, predicted = torch.max(outputs, 1)
        accuracy = (predicted == val_labels).float().mean().item()
    print(f"Epoch {epoch + 1:2d}: train loss {running_loss / len(train_idx):.4f}, "
          f"val loss {val_loss:.4f}, val accuracy {100 * accuracy:.1f}%")
print("Finished Training")
