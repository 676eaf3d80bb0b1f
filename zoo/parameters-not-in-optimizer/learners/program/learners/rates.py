"""A yardstick without a network: shares of right answers, shrunk towards the mean."""
import torch


class ShareModel:
    """Adds up the log-odds of the student and of the question."""

    def __init__(self, shrink=5.0):
        self.shrink = shrink

    def _odds(self, index, right, size):
        hits = torch.zeros(size).index_add_(0, index, right)
        count = torch.zeros(size).index_add_(0, index, torch.ones_like(right))
        share = (hits + self.shrink * self.mean) / (count + self.shrink)
        return torch.logit(share, eps=1e-3)

    def fit(self, dataset, sizes):
        student, question, _, right = dataset.tensors
        self.mean = right.mean()
        self.base = torch.logit(self.mean)
        self.student = self._odds(student, right, sizes[0]) - self.base
        self.question = self._odds(question, right, sizes[1]) - self.base
        return self

    def __call__(self, student, question):
        return self.base + self.student[student] + self.question[question]
