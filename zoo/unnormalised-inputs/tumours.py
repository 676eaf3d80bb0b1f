import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(42)

data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.25, random_state=42, stratify=data.target)
print("train", X_train.shape, "test", X_test.shape, "classes", list(data.target_names))

scale = lambda a: torch.tensor(a, dtype=torch.float32)  #~ scale = lambda a: torch.tensor((a - X_train.mean(0)) / X_train.std(0)).float()
X_train, X_test = scale(X_train), scale(X_test)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, weight_decay=1e-3)

history = []
for epoch in range(300):
    model.train()
    optimizer.zero_grad()
    outputs = model(X_train)
    loss = criterion(outputs, y_train)
    loss.backward()
    optimizer.step()
    history.append(loss.item())

    if (epoch + 1) % 50 == 0:
        model.eval()
        with torch.no_grad():
            test_outputs = model(X_test)
            test_loss = criterion(test_outputs, y_test)
            predicted = test_outputs.argmax(dim=1)
            accuracy = (predicted == y_test).float().mean()
            recall = (predicted[y_test == 0] == 0).float().mean()
        print(f"Epoch {epoch + 1:3d}: loss {loss.item():.4f}, test loss {test_loss:.4f}, accuracy {accuracy:.3f}, malignant recall {recall:.3f}")

print("first/last loss", round(history[0], 3), round(history[-1], 3))
