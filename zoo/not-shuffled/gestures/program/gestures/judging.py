"""Accuracy, by gesture and overall."""
import torch

from .motion import GESTURES


class Judge:
    def __init__(self):
        self.guess, self.truth = [], []

    def add(self, logits, gestures):
        self.guess.append(logits.argmax(1))
        self.truth.append(gestures)

    def accuracy(self):
        return (torch.cat(self.guess) == torch.cat(self.truth)).float().mean().item()

    def confused(self):
        """The gesture most often taken for another, and for which."""
        n = len(GESTURES)
        table = torch.bincount(torch.cat(self.truth) * n + torch.cat(self.guess), minlength=n * n).view(n, n)
        table.fill_diagonal_(0)
        index = int(table.argmax())
        names = list(GESTURES)
        return names[index // n], names[index % n], int(table.max())

    def lines(self):
        guess, truth = torch.cat(self.guess), torch.cat(self.truth)
        for number, name in enumerate(GESTURES):
            rows = truth == number
            yield f"  {name:7s} {(guess[rows] == number).float().mean().item():.3f} of {int(rows.sum())}"


@torch.no_grad()
def judge(net, loader):
    net.eval()
    result = Judge()
    for signals, mask, gestures in loader:
        result.add(net(signals, mask), gestures)
    net.train()
    return result
