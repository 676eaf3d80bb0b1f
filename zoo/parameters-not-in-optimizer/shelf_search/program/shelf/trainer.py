"""The loop."""
import copy

from torch import nn

from . import metrics, objectives, optim
from .batches import Batches


class Trainer:
    def __init__(self, model, config, train, held, log=print):
        self.model = model
        self.config = config
        self.held = held
        self.log = log
        self.batches = Batches(train, config.batch_size, config.seed)
        self.optimizer = optim.build(model, config)
        self.schedule = optim.schedule(self.optimizer, config, config.epochs * len(self.batches))
        self.best = (-1.0, None)
        self.loss = metrics.Mean()

    def step(self, queries, items):
        scores = self.model(queries, items)
        loss = objectives.both_ways(scores)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        self.schedule.step()
        return loss.item()

    def epoch(self):
        self.model.train()
        self.loss.reset()
        for queries, items in self.batches:
            self.loss.add(self.step(queries, items), len(queries))

    def check(self):
        result = metrics.summary(metrics.ranks(self.model, self.held), self.config.top)
        if result["mrr"] > self.best[0]:
            self.best = (result["mrr"], copy.deepcopy(self.model.state_dict()))
        return result

    def fit(self):
        self.log(f"loss of a guess: {objectives.chance(self.config.batch_size):.3f}")
        for number in range(1, self.config.epochs + 1):
            self.epoch()
            if number % self.config.every == 0 or number == self.config.epochs:
                text = "  ".join(f"{name} {value:.3f}" for name, value in self.check().items())
                self.log(f"epoch {number:2d}  loss {self.loss.value:.3f}  {text}")
        self.model.load_state_dict(self.best[1])
        return metrics.summary(metrics.ranks(self.model, self.held), self.config.top)
