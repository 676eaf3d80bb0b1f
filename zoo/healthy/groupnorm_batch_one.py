import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, Subset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class SmallConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.norm1 = nn.GroupNorm(4, 16)
        self.conv2 = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.norm2 = nn.GroupNorm(4, 16)
        self.fc = nn.Linear(16 * 4 * 4, 10)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.relu(self.norm2(self.conv2(x)))
        return self.fc(x.flatten(1))


def main(epochs=2):
    torch.manual_seed(0)
    digits = load_digits()
    dataset = TensorDataset(torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16, torch.tensor(digits.target))
    train_idx, val_idx = train_test_split(list(range(len(dataset))), test_size=0.2, random_state=0, stratify=digits.target)
    train_loader = DataLoader(Subset(dataset, train_idx), batch_size=1, shuffle=True)
    val_loader = DataLoader(Subset(dataset, val_idx), batch_size=60)

    model = SmallConvNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=epochs * len(train_loader))
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        running = 0.0
        for i, (image, label) in enumerate(train_loader, 1):
            loss = criterion(model(image), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            running += loss.item()
            if i % 400 == 0:
                print(f"  epoch {epoch} sample {i}: mean loss {running / i:.4f}")
        model.eval()
        correct = 0
        with torch.no_grad():
            for image, label in val_loader:
                correct += (model(image).argmax(1) == label).sum().item()
        print(f"epoch {epoch}: train loss {running / len(train_loader):.4f}, val accuracy {correct / len(val_idx):.4f}")


if __name__ == "__main__":
    main()
