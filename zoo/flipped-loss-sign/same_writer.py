"""Are two digits the same? A siamese net with a contrastive loss; then nearest neighbours in the space it makes."""
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __init__(self, images, kinds, count, seed):
        rng = np.random.default_rng(seed)
        self.images = images
        self.left = rng.integers(len(images), size=count)
        alike = rng.random(count) < 0.5
        self.right = np.empty(count, dtype=int)
        for i, (a, same) in enumerate(zip(self.left, alike)):
            choice = np.flatnonzero((kinds == kinds[a]) == same)
            self.right[i] = rng.choice(choice)
        self.same = torch.tensor(alike, dtype=torch.float32)

    def __len__(self):
        return len(self.left)

    def __getitem__(self, i):
        return self.images[self.left[i]], self.images[self.right[i]], self.same[i]


class Encoder(nn.Module):
    def __init__(self, out=12):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, out))

    def forward(self, x):
        return self.net(x)


def contrastive(distance, same, margin=2.0):
    near = distance.pow(2)
    far = F.relu(margin - distance).pow(2)
    return ((1 - same) * near + same * far).mean()  #~ return (same * near + (1 - same) * far).mean()


def neighbours(encoder, x, y, x_test, y_test):
    with torch.no_grad():
        nearest = torch.cdist(encoder(x_test), encoder(x)).argmin(1)
    return (y[nearest] == y_test).float().mean().item()


torch.manual_seed(4)
data, target = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(data))
x = torch.tensor(data[order], dtype=torch.float32) / 8 - 1
y = torch.tensor(target[order])
train = Pairs(x[:1400], y[:1400].numpy(), 4000, seed=2)
loader = DataLoader(train, batch_size=64, shuffle=True)
encoder = Encoder()
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
for epoch in range(6):
    total = 0.0
    for a, b, same in loader:
        distance = F.pairwise_distance(encoder(a), encoder(b))
        loss = contrastive(distance, same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(a)
    print(f"epoch {epoch} loss {total / len(train):.4f} neighbour right {neighbours(encoder, x[:1400], y[:1400], x[1400:], y[1400:]):.3f}")
