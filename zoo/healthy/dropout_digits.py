import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn import datasets
from sklearn.model_selection import train_test_split


def get_loaders(batch_size):
    data = datasets.load_digits()
    images = torch.from_numpy(data.data).float() / 16
    labels = torch.from_numpy(data.target).long()
    tr, va = train_test_split(range(len(labels)), test_size=0.2, random_state=42, stratify=data.target)
    train = DataLoader(TensorDataset(images[tr], labels[tr]), batch_size=batch_size, shuffle=True)
    val = DataLoader(TensorDataset(images[va], labels[va]), batch_size=256)
    return train, val


def run_epoch(model, loader, criterion, optimizer=None):
    training = optimizer is not None
    model.train(training)
    loss_sum = hits = count = 0
    with torch.set_grad_enabled(training):
        for images, labels in loader:
            scores = model(images)
            loss = criterion(scores, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * labels.size(0)
            hits += (scores.argmax(dim=1) == labels).sum().item()
            count += labels.size(0)
    return loss_sum / count, hits / count


def main():
    torch.manual_seed(42)
    train_loader, val_loader = get_loaders(64)
    model = nn.Sequential(
        nn.Linear(64, 128),
        nn.ReLU(),
        nn.Dropout(p=0.6),
        nn.Linear(128, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 31):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = run_epoch(model, val_loader, criterion)
        if epoch % 3 == 0:
            print(f"Epoch {epoch}: train_loss={train_loss:.4f} train_acc={train_acc:.3f} val_loss={val_loss:.4f} val_acc={val_acc:.3f}")


if __name__ == "__main__":
    main()
