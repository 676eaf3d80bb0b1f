"""Training and check."""
import math

import torch
from torch import nn

from .averaging import Average
from .network import negative_log_likelihood


class Engine:
    def __init__(self, model, settings, train, check):
        self.model, self.settings = model, settings
        self.x, self.y = (torch.from_numpy(a) for a in train)
        self.vx, self.vy = (torch.from_numpy(a) for a in check)
        self.average = Average(model, settings.average)
        self.optimizer = torch.optim.Adam(
            model.parameters(), lr=settings.lr, betas=(0.9, settings.beta2), weight_decay=0.0,
        )
        self.steps = settings.epochs * math.ceil(len(self.x) / settings.batch)
        self.schedule = torch.optim.lr_scheduler.LinearLR(
            self.optimizer, start_factor=1.0, end_factor=settings.decay_to, total_iters=self.steps,
        )

    def penalty(self):
        return sum(p.square().sum() for p in self.model.parameters() if p.dim() > 1)

    def epoch(self):
        self.model.train()
        losses = []
        for pick in torch.randperm(len(self.x)).split(self.settings.batch):
            fit = negative_log_likelihood(self.model(self.x[pick]), self.y[pick])
            loss = fit + 0.1 * self.settings.weight_decay * self.penalty()
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.max_norm)
            self.optimizer.step()
            self.schedule.step()
            self.average.update(self.model)
            losses.append(fit.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def check(self):
        """Likelihood, and the share of the variance that the mean of the forecast explains."""
        model = self.average.model
        nll = negative_log_likelihood(model(self.vx), self.vy).item()
        error = (model.mean(self.vx) - self.vy).square().mean()
        return nll, (1 - error / self.vy.var()).item(), error.sqrt().item()

    def run(self, say=print):
        for number in range(1, self.settings.epochs + 1):
            loss = self.epoch()
            nll, explained, _ = self.check()
            if number % 2 == 0 or number == 1:
                say(f"epoch {number:2d}  train {loss:7.4f}  check {nll:7.4f}  explained {explained:6.3f}")
        return self.check()
