"""The training of a model on a night."""
import torch
from torch import nn
from torch.utils.data import DataLoader

from . import evaluation
from .augment import Augment
from .journal import Journal


class Runner:
    def __init__(self, model, training, check, optimizer, run):
        self.model, self.training, self.check, self.run_settings = model, training, check, run
        self.loader = DataLoader(
            training, batch_size=run["batch"], shuffle=True, generator=torch.Generator().manual_seed(run["seed"]),
        )
        self.optimizer = torch.optim.RMSprop(model.parameters(), **optimizer)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=5, gamma=0.5)
        self.criterion = nn.CrossEntropyLoss()
        self.augment = Augment(run["seed"])
        self.journal = Journal()

    def batch_loss(self, spectra, kind):
        logits, point = self.model(spectra)
        return self.criterion(logits, kind) + self.run_settings["centre"] * self.model.pull(point, kind), logits

    def epoch(self):
        self.model.train()
        every = self.run_settings["accumulate"]
        total, hits = 0.0, 0
        self.optimizer.zero_grad()
        for number, (spectra, kind) in enumerate(self.loader, start=1):
            loss, logits = self.batch_loss(self.augment(spectra), kind)
            (loss / every).backward()
            total += loss.item() * len(kind)
            hits += (logits.argmax(1) == kind).sum().item()
            if number % every == 0 or number == len(self.loader):
                nn.utils.clip_grad_norm_(self.model.parameters(), self.run_settings["clip"])
                self.optimizer.step()
                self.optimizer.zero_grad()
        self.schedule.step()
        return total / len(self.training), hits / len(self.training)

    def fit(self, say=print):
        for number in range(1, self.run_settings["epochs"] + 1):
            loss, right = self.epoch()
            found = evaluation.figures(evaluation.confusion(self.model, self.check))
            entry = self.journal.write(number, loss, right, found)
            if number % 2 == 0:
                say(entry.text())
        say(self.journal.summary())
        return evaluation.confusion(self.model, self.check)
