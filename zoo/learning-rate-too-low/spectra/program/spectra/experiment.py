"""One run from settings to report."""
import time

import torch

from . import augment, losses, optim, schedule
from .data import SpectraData
from .keep import Best
from .metrics import Regression
from .model import Spectrometer


class Experiment:
    def __init__(self, settings, loss="log_cosh"):
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.data = SpectraData(settings.data, settings.seed)
        self.model = Spectrometer(settings.data.channels, settings.data.compounds, settings.model)
        self.loss = losses.LOSSES[loss]
        self.optimizer = optim.build(self.model, settings.optim, settings.data.batch)
        self.loader = self.data.train_loader()
        self.scheduler = schedule.build(self.optimizer, settings.schedule, settings.epochs * len(self.loader))
        self.augment = augment.build(settings.augment, settings.data.channels, settings.seed)
        self.best = Best(self.model)
        self.log = []

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for spectrum, concentration in self.loader:
            loss = self.loss(self.model(self.augment(spectrum)), concentration)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
            self.optimizer.step()
            self.scheduler.step()
            total += loss.item()
        return total / len(self.loader)

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        metric = Regression(self.data.y_scaler)
        for spectrum, concentration in loader:
            metric.add(self.model(spectrum), concentration)
        return metric.compute()

    def run(self):
        began = time.perf_counter()
        for epoch in range(1, self.settings.epochs + 1):
            train_loss = self.train_epoch()
            scores = self.evaluate(self.data.valid_loader())
            self.best.offer(epoch, scores["r2"].mean().item())
            self.log.append((epoch, train_loss, scores["r2"].mean().item()))
            print(f"epoch {epoch:2d}  loss {train_loss:.4f}  validation rmse {scores['rmse'].mean():.4f}  r2 {scores['r2'].mean():.3f}")
        print(f"finished in {time.perf_counter() - began:.1f} s")

    def report(self):
        epoch = self.best.restore()
        scores = self.evaluate(self.data.test_loader())
        print(f"test set, weights of epoch {epoch} (validation r2 {self.best.score:.3f})")
        print("compound   rmse    bias     r2")
        for index in range(self.settings.data.compounds):
            print(f"{index:8d}  {scores['rmse'][index]:.3f}  {scores['bias'][index]:+.3f}  {scores['r2'][index]:.3f}")
        first, last = self.log[0], self.log[-1]
        print(f"training loss from {first[1]:.4f} to {last[1]:.4f}, mean test r2 {scores['r2'].mean():.3f}")
