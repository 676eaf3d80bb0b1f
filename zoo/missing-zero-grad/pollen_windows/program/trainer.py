from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class History:
    train: list = field(default_factory=list)
    val: list = field(default_factory=list)
    mae: list = field(default_factory=list)


class Trainer:
    def __init__(self, model, optimizer, scheduler=None, log_every=2):
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.log_every = log_every
        self.criterion = nn.PoissonNLLLoss(log_input=True)
        self.history = History()

    def clear(self):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad.detach_()  #~ p.grad.detach_().zero_()

    def step(self, x, y):
        self.clear()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        loss = error = n = 0
        for x, y in loader:
            out = self.model(x)
            loss += self.criterion(out, y).item() * len(y)
            error += (out.exp() - y).abs().sum().item()
            n += len(y)
        return loss / n, error / n

    def fit(self, train, val, epochs):
        for epoch in range(epochs):
            self.model.train()
            losses = [self.step(x, y) for x, y in train]
            if self.scheduler is not None:
                self.scheduler.step()
            val_loss, mae = self.evaluate(val)
            self.history.train.append(sum(losses) / len(losses))
            self.history.val.append(val_loss)
            self.history.mae.append(mae)
            if (epoch + 1) % self.log_every == 0:
                print(f"{epoch + 1:3d} | nll {self.history.train[-1]:8.3f} | val nll {val_loss:8.3f} | val mae {mae:6.2f}")
        return self.history
