"""Fits the network."""
import torch

from .history import History
from .scoring import Score


class Fit:
    def __init__(self, network, loss, opt, schedule, data, patience):
        self.network = network
        self.loss = loss
        self.opt = opt
        self.schedule = schedule
        self.data = data
        self.patience = patience
        self.history = History()

    def one_pass(self, loader):
        self.network.train()
        total, batches = 0.0, 0
        for columns, building, demand, weight in loader:
            prediction = self.network(columns, building)
            loss = self.loss(prediction, demand, weight)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            total += loss.item()
            batches += 1
        return total / batches

    @torch.no_grad()
    def test(self, loader):
        self.network.eval()
        score = Score(self.data.demand_scale, self.data.buildings)
        total, rows = 0.0, 0
        for columns, building, demand, weight in loader:
            prediction = self.network(columns, building)
            total += self.loss(prediction, demand, weight).item() * len(demand)
            rows += len(demand)
            score.add(prediction, demand, building)
        return total / rows, score

    def run(self, epochs, seed):
        train_loader, test_loader = self.data.loaders(seed)
        best, waited = float("inf"), 0
        for epoch in range(1, epochs + 1):
            train_loss = self.one_pass(train_loader)
            test_loss, score = self.test(test_loader)
            self.schedule.step(test_loss)
            numbers = score.overall()
            self.history.add(train=train_loss, test=test_loss, **numbers)
            print(f"epoch {epoch:2d}  loss {train_loss:.4f} / {test_loss:.4f}  mae {numbers['mae']:.2f} kW  r2 {numbers['r2']:.3f}")
            if test_loss < best - 1e-4:
                best, waited = test_loss, 0
            else:
                waited += 1
            if waited > self.patience:
                print("no progress, stopping")
                break
        return score
