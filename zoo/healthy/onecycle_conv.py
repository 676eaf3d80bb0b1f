import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

EPOCHS = 12
BATCH_SIZE = 64
torch.manual_seed(3)

digits = load_digits()
img = torch.tensor(digits.images / 8.0 - 1.0, dtype=torch.float32)[:, None]
lab = torch.tensor(digits.target)
i_train, i_val = train_test_split(torch.arange(len(lab)), test_size=0.25, random_state=3, stratify=digits.target)
train_dl = DataLoader(TensorDataset(img[i_train], lab[i_train]), batch_size=BATCH_SIZE, shuffle=True)
val_dl = DataLoader(TensorDataset(img[i_val], lab[i_val]), batch_size=225)

net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 2 * 2, 64), nn.ReLU(),
    nn.Linear(64, 10),
)
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.08, epochs=EPOCHS, steps_per_epoch=len(train_dl))
ce = nn.CrossEntropyLoss()

for epoch in range(EPOCHS):
    net.train()
    tot = 0.0
    for xb, yb in train_dl:
        loss = ce(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        tot += loss.item() * len(yb)
    net.eval()
    right = 0
    with torch.no_grad():
        for xb, yb in val_dl:
            right += (net(xb).argmax(1) == yb).sum().item()
    print(f"epoch {epoch + 1:2d}/{EPOCHS} lr {sched.get_last_lr()[0]:.5f} momentum {opt.param_groups[0]['momentum']:.3f} "
          f"train loss {tot / len(i_train):.4f} val acc {right / len(i_val):.4f}")
