"""A simulated course: students with several skills, questions that ask for some of them."""
from dataclasses import dataclass

import numpy as np


@dataclass
class Answers:
    student: np.ndarray
    question: np.ndarray
    topic: np.ndarray
    right: np.ndarray

    def __len__(self):
        return len(self.right)

    def take(self, rows):
        return Answers(self.student[rows], self.question[rows], self.topic[rows], self.right[rows])


class Course:
    def __init__(self, options):
        rng = np.random.default_rng(options.seed)
        self.rng = rng
        self.options = options
        self.skill = rng.normal(0, 1.2, (options.students, 3))
        self.needs = rng.normal(0, 1.2, (options.questions, 3))
        self.topic = rng.integers(0, options.topics, options.questions)
        self.ease = rng.normal(0.2, 0.5, options.topics)[self.topic] + rng.normal(0, 0.7, options.questions)

    def chance(self, student, question):
        score = (self.skill[student] * self.needs[question]).sum(1) + self.ease[question]
        return 1 / (1 + np.exp(-1.4 * score))

    def simulate(self):
        """Every pair of student and question occurs at most once."""
        pairs = self.rng.choice(self.options.students * self.options.questions, self.options.answers, replace=False)
        student, question = pairs // self.options.questions, pairs % self.options.questions
        right = self.rng.random(len(pairs)) < self.chance(student, question)
        return Answers(student, question, self.topic[question], right.astype(np.float32))
