import torch
from torch.utils.data import DataLoader

from .network import Demand


class Loop:
    def __init__(self, quarter, sensors):
        torch.manual_seed(quarter.seed)
        self.quarter, self.sensors = quarter, sensors
        self.history = []

    def fit(self, train, val):
        q = self.quarter
        fuel = train.tensors[1]
        self.net = Demand(self.sensors, fuel_mean=fuel.mean().item(), fuel_std=fuel.std().item())
        optimizer = torch.optim.Adam(self.net.parameters(), lr=q.lr, betas=(0.9, 0.99))
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
        loader = DataLoader(train, batch_size=q.batch, shuffle=True, drop_last=True)
        for epoch in range(q.epochs):
            losses = [self.step(batch, optimizer) for batch in loader]
            error = self.error(val)
            plateau.step(error)
            self.history.append(error)
            print(f"epoch {epoch}: loss {sum(losses) / len(losses):.4f}, off by {error:.1f} kg/h")
        base = (val.tensors[1] - fuel.mean()).abs().mean().item()
        print(f"lowest error {min(self.history):.1f} kg/h; a fixed guess is off by {base:.1f} kg/h")

    def step(self, batch, optimizer):
        readings, fuel = batch
        self.net.train()
        wanted = (fuel - self.net.fuel_mean) / self.net.fuel_std
        loss = torch.nn.functional.huber_loss(self.net(readings), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    @torch.no_grad()
    def error(self, data):
        self.net.eval()
        readings, fuel = data.tensors
        return (self.net.kilograms(readings) - fuel).abs().mean().item()
