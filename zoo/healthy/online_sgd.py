"""Online learning: the digits arrive one by one in random order."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)

data, target = load_digits(return_X_y=True)
data_train, data_test, target_train, target_test = train_test_split(data / 16.0, target, test_size=0.2, random_state=2, stratify=target)
data_train = torch.tensor(data_train, dtype=torch.float32)
data_test = torch.tensor(data_test, dtype=torch.float32)
target_train = torch.tensor(target_train)
target_test = torch.tensor(target_test)

hidden = nn.Linear(64, 32)
output = nn.Linear(32, 10)
net = nn.Sequential(hidden, nn.Tanh(), output)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)

seen = 0
average = 2.3
for epoch in range(6):
    net.train()
    for i in torch.randperm(len(data_train)).tolist():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(data_train[i:i + 1]), target_train[i:i + 1])
        loss.backward()
        optimizer.step()
        seen += 1
        average += 0.005 * (loss.item() - average)
        if seen % 1000 == 0:
            print(f"{seen:6d} samples: loss {loss.item():.4f} (smoothed {average:.4f})")
    net.eval()
    with torch.no_grad():
        acc = (net(data_test).argmax(1) == target_test).float().mean().item()
    print(f"pass {epoch + 1}: test accuracy {acc:.4f}")
