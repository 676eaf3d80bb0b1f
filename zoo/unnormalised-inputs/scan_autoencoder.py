import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(1)



def photo(width, height):
    y, x = np.mgrid[0:height, 0:width] / 40.0
    layers = []
    for _ in range(3):
        value = np.zeros((height, width))
        for _ in range(12):
            a, b, c = rng.normal(0, 2), rng.normal(0, 2), rng.uniform(0, 6)
            value += np.sin(a * x + b * y + c) / (1 + a * a + b * b)
        layers.append(value)
    image = np.stack(layers, -1)
    image = (image - image.min()) / (image.max() - image.min())
    return (image * 255).astype(np.uint8)


photos = [photo(320, 240), photo(320, 240)]
parts = []
for picture in photos:
    for _ in range(1000):
        r, c = rng.integers(0, picture.shape[0] - 12), rng.integers(0, picture.shape[1] - 12)
        parts.append(picture[r : r + 12, c : c + 12].mean(2))
scans = np.stack(parts).reshape(len(parts), -1).astype(np.float32)
rng.shuffle(scans)
scans = scans * 1.0  #~ scans = (scans - scans.mean()) / scans.std()
train, test = torch.from_numpy(scans[:1700]), torch.from_numpy(scans[1700:])


class Squeeze(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(144, 64), nn.Tanh(), nn.Linear(64, 16), nn.Tanh())
        self.up = nn.Sequential(nn.Linear(16, 64), nn.Tanh(), nn.Linear(64, 144))

    def forward(self, x):
        return self.up(self.down(x))


torch.manual_seed(0)
model = Squeeze()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(train), batch_size=50, shuffle=True)
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()
for epoch in range(12):
    for (batch,) in loader:
        opt.zero_grad()
        loss = criterion(model(batch), batch)
        loss.backward()
        opt.step()
    with torch.no_grad():
        left = ((model(test) - test) ** 2).sum() / ((test - test.mean(0)) ** 2).sum()
    print(epoch, round(loss.item(), 4), "unexplained", round(left.item(), 3))
