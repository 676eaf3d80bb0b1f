import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, Subset


class Compose:
    def __init__(self, *steps):
        self.steps = steps

    def __call__(self, x):
        for step in self.steps:
            x = step(x)
        return x


def to_tensor(image):
    return torch.from_numpy(image).float().unsqueeze(0) / 16.0


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, x):
        return (x - self.mean) / self.std


class Digits(Dataset):
    def __init__(self, transform):
        bunch = load_digits()
        self.images, self.labels, self.transform = bunch.images, bunch.target, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index]), int(self.labels[index])


def build():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(64, 10),
    )


def run(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for images, labels in loader:
            logits = model(images)
            loss = criterion(logits, labels)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(labels)
            hits += (logits.argmax(1) == labels).sum().item()
            n += len(labels)
    return total / n, hits / n


torch.manual_seed(8)
transform = Compose(to_tensor, Normalize(127.5, 127.5))  #~ transform = Compose(to_tensor, Normalize(0.5, 0.5))
dataset = Digits(transform)
order = torch.randperm(len(dataset)).tolist()
train_loader = DataLoader(Subset(dataset, order[:1400]), batch_size=32, shuffle=True)
val_loader = DataLoader(Subset(dataset, order[1400:]), batch_size=128)

model = build()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    train_loss, train_acc = run(model, train_loader, criterion, optimizer)
    val_loss, val_acc = run(model, val_loader, criterion)
    print(f"{epoch + 1:2d}  train {train_loss:.4f} / {train_acc:.3f}   val {val_loss:.4f} / {val_acc:.3f}")
