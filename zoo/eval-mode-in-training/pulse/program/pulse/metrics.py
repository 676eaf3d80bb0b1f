"""What an evaluation found."""
import torch


class Report:
    def __init__(self, kinds):
        self.confusion = torch.zeros(kinds, kinds, dtype=torch.long)
        self.loss_sum = 0.0
        self.count = 0

    def add(self, logits, kinds, loss):
        size = len(self.confusion)
        self.confusion += torch.bincount(kinds * size + logits.argmax(1), minlength=size * size).view(size, size)
        self.loss_sum += loss * len(kinds)
        self.count += len(kinds)

    @property
    def loss(self):
        return self.loss_sum / max(self.count, 1)

    @property
    def accuracy(self):
        return self.confusion.diagonal().sum().item() / max(self.count, 1)

    def table(self, names):
        recall = self.confusion.diagonal() / self.confusion.sum(1).clamp(min=1)
        return "\n".join(f"  {name:20s} recall {value:.3f}" for name, value in zip(names, recall.tolist()))
