import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

BATCH_SIZE = 64
EPOCHS = 8


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(32 * 2 * 2, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = self.pool(F.relu(self.conv2(x)))
        x = self.drop(x)  #~ x = self.drop(x).flatten(1)
        return self.fc(x)


def get_loaders():
    digits = load_digits()
    images = digits.images[:, None].astype("float32") / 16.0
    x_tr, x_va, y_tr, y_va = train_test_split(images, digits.target, test_size=0.2, random_state=1)
    train = TensorDataset(torch.from_numpy(x_tr), torch.from_numpy(y_tr))
    val = TensorDataset(torch.from_numpy(x_va), torch.from_numpy(y_va))
    return DataLoader(train, batch_size=BATCH_SIZE, shuffle=True), DataLoader(val, batch_size=256)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    correct = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return correct / len(loader.dataset)


def train():
    train_loader, val_loader = get_loaders()
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        print(f"epoch {epoch + 1}: loss {total / len(train_loader.dataset):.4f}, val acc {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    train()
