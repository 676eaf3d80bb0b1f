import copy

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class EMA:
    def __init__(self, model, decay):
        self.decay = decay
        self.model = copy.deepcopy(model).eval()
        for p in self.model.parameters():
            p.requires_grad_(False)
        self.updates = 0

    @torch.no_grad()
    def update(self, model):
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for ours, theirs in zip(self.model.parameters(), model.parameters()):
            ours.lerp_(theirs, 1 - decay)
        for ours, theirs in zip(self.model.buffers(), model.buffers()):
            ours.copy_(theirs)


def make_model():
    return nn.Sequential(
        nn.Linear(64, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(),
        nn.Linear(128, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU(),
        nn.Linear(64, 10),
    )


@torch.no_grad()
def evaluate(model, x, y):
    was_training = model.training
    model.eval()
    out = model(x)
    model.train(was_training)
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y), test_size=360, random_state=4)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True, drop_last=True)

model = make_model()
ema = EMA(model, decay=0.99)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

for epoch in range(15):
    model.train()
    for x, t in loader:
        loss = F.cross_entropy(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema.update(model)
    if epoch % 2 == 0:
        raw_loss, raw_acc = evaluate(model, X_val, y_val)
        ema_loss, ema_acc = evaluate(ema.model, X_val, y_val)
        print(f"epoch {epoch:2d} batch loss {loss.item():.4f} | raw val {raw_loss:.4f} {raw_acc:.4f} | ema val {ema_loss:.4f} {ema_acc:.4f}")
