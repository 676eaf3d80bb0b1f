"""Optimizer, schedule and the single update."""
import torch


class Updater:
    def __init__(self, network, settings):
        self.network = network
        self.clip = settings.clip
        self.optimizer = torch.optim.SGD(network.parameters(), lr=settings.lr, momentum=settings.momentum, weight_decay=1e-5)
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, settings.milestone_list, gamma=0.3)
        self.norms = []

    def apply(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.norms.append(float(norm))
        self.optimizer.step()

    def end_epoch(self):
        mean = sum(self.norms) / max(1, len(self.norms))
        self.norms.clear()
        self.scheduler.step()
        return mean
