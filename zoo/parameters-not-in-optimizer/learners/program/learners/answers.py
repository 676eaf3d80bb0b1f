"""Answers as tensors, in batches."""
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from .codes import Codebook
from .course import Course


class AnswerData:
    def __init__(self, options):
        answers = Course(options).simulate()
        self.students = Codebook().fit(answers.student)
        self.questions = Codebook().fit(answers.question)
        order = np.random.default_rng(options.seed + 1).permutation(len(answers))
        cut = int(options.held_out * len(answers))
        self.held = self._tensors(answers.take(order[:cut]))
        self.train = self._tensors(answers.take(order[cut:]))
        self.batch = options.batch
        self.generator = torch.Generator().manual_seed(options.seed)

    def _tensors(self, answers):
        return TensorDataset(
            torch.from_numpy(self.students.encode(answers.student)),
            torch.from_numpy(self.questions.encode(answers.question)),
            torch.from_numpy(answers.topic),
            torch.from_numpy(answers.right),
        )

    def sizes(self):
        return len(self.students), len(self.questions)

    def train_batches(self):
        return DataLoader(self.train, self.batch, shuffle=True, generator=self.generator)

    def held_batches(self):
        return DataLoader(self.held, 1000)

    def share_right(self):
        return self.train.tensors[-1].mean().item()
