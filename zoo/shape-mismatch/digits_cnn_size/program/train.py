import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(30)

# data
file = np.load("digits.npz")
images = torch.from_numpy(file["images"])[:, None]
labels = torch.from_numpy(file["labels"])
train_data = TensorDataset(images[360:], labels[360:])
val_images, val_labels = images[:360], labels[:360]
loader = DataLoader(train_data, batch_size=48, shuffle=True, drop_last=True)

# network
net = nn.Sequential(
    nn.Conv2d(1, 20, kernel_size=3, padding=1, bias=False),
    nn.BatchNorm2d(20),
    nn.ReLU(),
    nn.Conv2d(20, 32, kernel_size=3, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(32),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(32 * 4 * 4, 10),
)
loss_function = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

# training
for epoch in range(6):
    net.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        scores = net(val_images)
        val_loss = loss_function(scores, val_labels).item()
        val_accuracy = (scores.argmax(1) == val_labels).float().mean().item()
    print(f"epoch {epoch + 1} loss {np.mean(losses):.4f} val loss {val_loss:.4f} val accuracy {val_accuracy:.3f}")
