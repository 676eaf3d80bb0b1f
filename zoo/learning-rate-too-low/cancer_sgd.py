import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

np.random.seed(0)
torch.manual_seed(0)

X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=7)
scaler = StandardScaler().fit(X_train)
X_train = torch.as_tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.as_tensor(scaler.transform(X_val), dtype=torch.float32)
y_train = torch.as_tensor(y_train, dtype=torch.float32)
y_val = torch.as_tensor(y_val, dtype=torch.float32)


class Classifier(nn.Module):
    def __init__(self, in_features, hidden=16):
        super().__init__()
        self.layer1 = nn.Linear(in_features, hidden)
        self.layer2 = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(0.05)

    def forward(self, x):
        x = torch.tanh(self.layer1(x))
        x = self.dropout(torch.tanh(self.layer2(x)))
        return self.output(x).squeeze(-1)


LEARNING_RATE = 1e-4  #~ LEARNING_RATE = 0.1
EPOCHS = 40
BATCH = 16

model = Classifier(X_train.shape[1])
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

for epoch in range(EPOCHS):
    model.train()
    order = np.random.permutation(len(X_train))
    total = 0.0
    for start in range(0, len(order), BATCH):
        idx = order[start:start + BATCH]
        loss = loss_fn(model(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    if epoch % 5 == 4:
        model.eval()
        with torch.no_grad():
            logits = model(X_val)
            val_loss = loss_fn(logits, y_val).item()
            val_acc = ((logits > 0).float() == y_val).float().mean().item()
        print(f"epoch {epoch + 1:2d} | loss {total / len(X_train):.4f} | val loss {val_loss:.4f} | val acc {val_acc:.3f}")
