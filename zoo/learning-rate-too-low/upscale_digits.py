"""Super-resolution on a small scale: 4x4 thumbnails of digits back to 8x8."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Thumbnails(Dataset):
    def __init__(self, images):
        self.sharp = torch.tensor(images / 16, dtype=torch.float32).unsqueeze(1)
        self.small = F.avg_pool2d(self.sharp, 2)

    def __len__(self):
        return len(self.sharp)

    def __getitem__(self, i):
        return self.small[i], self.sharp[i]


class Upscaler(nn.Module):
    def __init__(self, channels=32):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv3 = nn.Conv2d(channels, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        h = F.relu(self.conv1(x))
        h = F.relu(self.conv2(h))
        return self.shuffle(self.conv3(h))


def psnr(mse):
    return -10 * torch.log10(torch.tensor(mse)).item()


def run(epochs=12, batch_size=64):
    torch.manual_seed(0)
    images = load_digits().images
    train_loader = DataLoader(Thumbnails(images[:1500]), batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(Thumbnails(images[1500:]), batch_size=297)
    model = Upscaler()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)  #~ optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.MSELoss()
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for small, sharp in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(small), sharp)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(small)
        model.eval()
        with torch.no_grad():
            mse = sum(criterion(model(a), b).item() * len(a) for a, b in val_loader) / len(val_loader.dataset)
        print(f"epoch {epoch + 1:2d}: train mse {total / len(train_loader.dataset):.5f}, val psnr {psnr(mse):.2f} dB")


if __name__ == "__main__":
    run()
