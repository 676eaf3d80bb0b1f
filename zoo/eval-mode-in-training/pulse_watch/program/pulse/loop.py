"""The training loop."""
import torch
from torch import nn

from .modes import parameters_of
from .report import report
from .stopping import Keeper


def make_optimizer(model, options):
    norms, others = parameters_of(model, nn.BatchNorm1d)
    groups = [{"params": others, "weight_decay": options.decay}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=options.lr, momentum=options.momentum, nesterov=True)


class Loop:
    def __init__(self, model, feed, options, say=print):
        self.model, self.feed, self.options, self.say = model, feed, options, say
        self.criterion = nn.CrossEntropyLoss(label_smoothing=options.smoothing)
        self.optimizer = make_optimizer(model, options)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=options.lr, total_steps=options.epochs * len(feed),
            pct_start=0.25, cycle_momentum=False,
        )
        self.keeper = Keeper(options.patience)

    def one_epoch(self):
        total, hits, count = 0.0, 0, 0
        for beats, kinds in self.feed:
            logits = self.model(beats)
            loss = self.criterion(logits, kinds)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            total += loss.item() * len(kinds)
            hits += (logits.argmax(1) == kinds).sum().item()
            count += len(kinds)
        return total / count, hits / count

    def run(self):
        self.model.train()
        self.say("before: " + report(self.model, self.feed.check).short())
        for number in range(1, self.options.epochs + 1):
            loss, share = self.one_epoch()
            figures = report(self.model, self.feed.check)
            self.say(f"epoch {number}: loss {loss:.4f}, right {share:.3f} | {figures.short()}")
            if not self.keeper.see(figures.loss, self.model):
                self.say("no better for a while")
                break
        return self.keeper.restore(self.model)
