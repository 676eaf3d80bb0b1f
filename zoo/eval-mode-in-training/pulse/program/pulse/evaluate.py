"""Runs a network over held-out recordings."""
import torch

from .metrics import Report


class Evaluator:
    def __init__(self, model, criterion, loader):
        self.model = model
        self.criterion = criterion
        self.loader = loader

    @torch.no_grad()
    def evaluate(self, batches=None):
        self.model.eval()  #~ before = self.model.training; self.model.eval()
        report = Report(self.model.readout.out_features)
        for number, (beats, kinds) in enumerate(self.loader):
            if batches is not None and number >= batches:
                break
            logits = self.model(beats)
            report.add(logits, kinds, self.criterion(logits, kinds).item())
        return report  #~ self.model.train(before); return report
