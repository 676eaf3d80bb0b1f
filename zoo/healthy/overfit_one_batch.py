"""First check before the long run: can the network memorise a single batch?"""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
dataset = TensorDataset(
    torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16,
    torch.tensor(digits.target),
)
images, labels = next(iter(DataLoader(dataset, batch_size=32, shuffle=True)))

net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
    nn.Conv2d(8, 16, 3, padding=1, stride=2), nn.ReLU(),
    nn.Flatten(),
    nn.Linear(16 * 16, 32), nn.ReLU(),
    nn.Linear(32, 10),
)
print("parameters:", sum(p.numel() for p in net.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

net.train()
for step in range(300):
    optimizer.zero_grad()
    out = net(images)
    loss = criterion(out, labels)
    loss.backward()
    optimizer.step()
    if step % 30 == 0 or step == 299:
        hits = (out.argmax(1) == labels).sum().item()
        print(f"step {step:3d} loss {loss.item():.5f} correct {hits}/{len(labels)}")
