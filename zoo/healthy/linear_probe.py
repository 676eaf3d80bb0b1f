"""Linear probe: logistic regression on features of a random convolutional network."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def extract_features(images, filters=64):
    g = torch.Generator().manual_seed(13)
    kernels = torch.randn(filters, 1, 3, 3, generator=g)
    with torch.no_grad():
        maps = F.relu(F.conv2d(images, kernels, padding=1))
        return F.avg_pool2d(maps, 2).flatten(1)


def main():
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    features = extract_features(images)
    labels = torch.tensor(digits.target)
    tr, va = train_test_split(torch.arange(len(labels)), test_size=0.25, random_state=0, stratify=digits.target)
    mean, std = features[tr].mean(0), features[tr].std(0) + 1e-3
    features = (features - mean) / std

    probe = nn.Linear(features.shape[1], 10)
    optimizer = torch.optim.SGD(probe.parameters(), lr=0.005, momentum=0.9, weight_decay=1e-3)
    for epoch in range(20):
        order = tr[torch.randperm(len(tr))]
        total = 0.0
        for idx in order.split(64):
            loss = F.cross_entropy(probe(features[idx]), labels[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        with torch.no_grad():
            acc = (probe(features[va]).argmax(1) == labels[va]).float().mean().item()
        if epoch % 3 == 1:
            print(f"epoch {epoch + 1:2d} train loss {total / len(tr):.4f} val acc {acc:.4f}")


if __name__ == "__main__":
    main()
