"""Which vineyard a wine comes from, by its chemistry; a small residual network in PyTorch."""
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(4)
features, origin = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(features, origin, test_size=50, stratify=origin, random_state=4)
mean, std = x_train.mean(0), x_train.std(0)
x_train = torch.tensor((x_train - mean) / std, dtype=torch.float32)
x_test = torch.tensor((x_test - mean) / std, dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.body(x)


class Net(nn.Module):
    def __init__(self, inputs, width=24, depth=4, classes=3):
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.blocks = nn.Sequential(*[Residual(width) for _ in range(depth)])
        self.leave = nn.Linear(width, classes)

    def forward(self, x):
        return self.leave(self.blocks(self.enter(x)))


class Trainer:
    def __init__(self, model, lr, batch):
        self.model, self.batch = model, batch
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.8)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, x, y):
        self.model.train()
        self.optimizer.zero_grad()  #~ losses = []
        losses = []  #~ pass
        for rows in torch.randperm(len(x)).split(self.batch):
            loss = self.criterion(self.model(x[rows]), y[rows])
            loss.backward()  #~ self.optimizer.zero_grad(); loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def accuracy(self, x, y):
        self.model.eval()
        return (self.model(x).argmax(1) == y).float().mean().item()


trainer = Trainer(Net(x_train.shape[1]), lr=0.05, batch=16)
for epoch in range(60):
    loss = trainer.epoch(x_train, y_train)
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1:2d}  loss {loss:.4f}  test accuracy {trainer.accuracy(x_test, y_test):.3f}")
