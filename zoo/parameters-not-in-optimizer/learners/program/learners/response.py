"""The response model."""
import torch
from torch import nn

from .tables import Tables


class ResponseModel(nn.Module):
    """logit = offset + ease of the topic + ease of the question + level of the student + skills x needs"""

    def __init__(self, skills, topics, spread):
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(()))
        self.topics = nn.Embedding(topics, 1)
        self.students = Tables(skills, spread)
        self.questions = Tables(skills, spread)
        nn.init.zeros_(self.topics.weight)

    def grow(self, sizes):
        """Makes room for all students and questions."""
        students, questions = sizes
        self.students.grow(students)
        self.questions.grow(questions)

    def forward(self, student, question, topic):
        skills, level = self.students(student)
        needs, ease = self.questions(question)
        return self.offset + self.topics(topic).squeeze(-1) + level + ease + (skills * needs).sum(-1)

    def describe(self):
        for name, parameter in self.named_parameters():
            print(f"  {name:26s} {'x'.join(map(str, parameter.shape)) or 'scalar'}")
