"""Running totals over batches."""
import torch


class Mean:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def add(self, value, n=1):
        self.total += float(value) * n
        self.count += n

    @property
    def value(self):
        return self.total / max(self.count, 1)


class Confusion:
    """Rows are true classes, columns are predictions."""

    def __init__(self, classes):
        self.matrix = torch.zeros(classes, classes, dtype=torch.long)

    def add(self, logits, labels):
        classes = len(self.matrix)
        index = labels * classes + logits.argmax(-1)
        self.matrix += torch.bincount(index, minlength=classes ** 2).view(classes, classes)

    @property
    def accuracy(self):
        return self.matrix.diagonal().sum().item() / max(self.matrix.sum().item(), 1)

    def worst(self):
        recall = self.matrix.diagonal() / self.matrix.sum(1).clamp(min=1)
        index = int(recall.argmin())
        return index, recall[index].item()
