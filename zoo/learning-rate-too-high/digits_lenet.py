import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(21)

# configuration
config = {
    "epochs": 8,
    "batch_size": 32,
    "lr": 1.0,  #~ "lr": 0.05,
    "weight_decay": 1e-4,
}


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 12, 3, padding=1)
        self.c2 = nn.Conv2d(12, 24, 3)
        self.f1 = nn.Linear(24 * 9, 60)
        self.f2 = nn.Linear(60, 10)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = F.relu(self.f1(x.flatten(1)))
        return self.f2(x)


def batches(x, y, size):
    order = torch.randperm(len(x))
    for start in range(0, len(x), size):
        idx = order[start:start + size]
        yield x[idx], y[idx]


def test(net, x, y):
    net.eval()
    with torch.no_grad():
        out = net(x)
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


digits = load_digits()
x = torch.from_numpy(digits.images).float().unsqueeze(1).div(16)
y = torch.from_numpy(digits.target)
train_idx, test_idx = train_test_split(range(len(x)), test_size=300, stratify=digits.target, random_state=0)
x_train, y_train, x_test, y_test = x[train_idx], y[train_idx], x[test_idx], y[test_idx]

net = LeNet()
sgd = torch.optim.SGD(net.parameters(), lr=config["lr"], momentum=0.8, weight_decay=config["weight_decay"])
for epoch in range(config["epochs"]):
    net.train()
    losses = []
    for xb, yb in batches(x_train, y_train, config["batch_size"]):
        loss = F.cross_entropy(net(xb), yb)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    test_loss, test_acc = test(net, x_test, y_test)
    print(f"epoch {epoch}: train {sum(losses) / len(losses):.4f}  test {test_loss:.4f}  acc {test_acc:.3f}")
