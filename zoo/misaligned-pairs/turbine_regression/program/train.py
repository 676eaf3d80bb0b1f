import torch
from torch.nn import MSELoss
from torch.utils.data import DataLoader

from data import prepare
from model import PowerModel


class Trainer:
    def __init__(self, epochs=15, batch_size=40, lr=0.05):
        torch.manual_seed(2)
        train, val, self.scale = prepare()
        self.epochs = epochs
        self.train_loader = DataLoader(train, batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(val, batch_size=len(val))
        self.model = PowerModel()
        self.loss = MSELoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, epochs, eta_min=0.001)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        (x, y), = self.val_loader
        guess = self.model(x)
        r2 = 1 - ((guess - y) ** 2).mean() / y.var(unbiased=False)
        kilowatts = (self.scale.back(guess) - self.scale.back(y)).abs().mean()
        return r2.item(), kilowatts.item()

    def fit(self):
        for epoch in range(1, self.epochs + 1):
            self.model.train()
            losses = [self.step(x, y) for x, y in self.train_loader]
            r2, kilowatts = self.validate()
            self.schedule.step()
            if epoch % 3 == 0:
                print(f"epoch {epoch:2d} loss {sum(losses) / len(losses):.4f} | val R2 {r2:.3f}, {kilowatts:.1f} kW off")


if __name__ == "__main__":
    Trainer().fit()
