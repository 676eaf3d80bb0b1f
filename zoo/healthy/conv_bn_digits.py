import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split
from sklearn.datasets import load_digits


def conv_block(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(conv_block(1, 16), conv_block(16, 32, stride=2), conv_block(32, 32))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(32, num_classes, bias=False)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=0.05):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4, nesterov=True)
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, milestones=[6, 9], gamma=0.2)

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            running, n = 0.0, 0
            for x, y in self.train_loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                running += loss.item() * len(y)
                n += len(y)
            self.scheduler.step()
            print(f"[{epoch + 1}/{epochs}] loss {running / n:.4f} val acc {self.validate():.4f}")

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        correct = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.val_loader)
        return correct / len(self.val_loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(7)
    digits = load_digits()
    images = (torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) - 4.88) / 6.02
    dataset = TensorDataset(images, torch.tensor(digits.target))
    train_set, val_set = random_split(dataset, [1437, 360])
    trainer = Trainer(Net(), DataLoader(train_set, batch_size=64, shuffle=True, drop_last=True), DataLoader(val_set, batch_size=180))
    trainer.fit(10)
