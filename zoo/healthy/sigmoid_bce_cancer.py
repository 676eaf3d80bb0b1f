import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class CancerDataset(Dataset):
    def __init__(self, features, labels):
        self.features = features.astype(np.float32)
        self.labels = labels.astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.features[index], self.labels[index]


class Classifier(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 32),
            nn.ReLU(),
            nn.Linear(32, 16),
            nn.ReLU(),
            nn.Linear(16, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.layers(x).squeeze(1)


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
scaler = StandardScaler().fit(X_train)
train_loader = DataLoader(CancerDataset(scaler.transform(X_train), y_train), batch_size=32, shuffle=True)
val_loader = DataLoader(CancerDataset(scaler.transform(X_val), y_val), batch_size=114)

model = Classifier(X.shape[1])
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)

for epoch in range(25):
    model.train()
    train_loss = 0.0
    for features, labels in train_loader:
        optimizer.zero_grad()
        probs = model(features)
        loss = criterion(probs, labels)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(labels)
    train_loss /= len(train_loader.dataset)

    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for features, labels in val_loader:
            probs = model(features)
            val_loss += criterion(probs, labels).item() * len(labels)
            correct += ((probs > 0.5).float() == labels).sum().item()
    val_loss /= len(val_loader.dataset)
    if epoch % 4 == 0:
        print(f"Epoch {epoch:02d} | train {train_loss:.4f} | val {val_loss:.4f} | val acc {correct / len(val_loader.dataset):.4f}")
