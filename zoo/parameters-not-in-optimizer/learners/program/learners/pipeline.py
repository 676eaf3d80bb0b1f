"""From options to report."""
import torch
from torch import nn

from . import likeness, measures, updates
from .answers import AnswerData
from .memory import BestWeights
from .rates import ShareModel
from .response import ResponseModel


class Pipeline:
    def __init__(self, options):
        torch.manual_seed(options.seed)
        self.options = options
        self.data = AnswerData(options)
        self.model = ResponseModel(options.skills, options.topics, options.spread)
        self.loss = nn.BCEWithLogitsLoss()
        self.optimizer = updates.optimizer(self.model, options)  #~ self.optimizer = None
        self.best = BestWeights()

    def prepare(self):
        """Fits the model to the size of the data."""
        self.model.grow(self.data.sizes())  #~ self.model.grow(self.data.sizes()); self.optimizer = updates.optimizer(self.model, self.options)
        print(f"{len(self.data.train)} answers to learn from, {len(self.data.held)} held out, "
              f"{self.data.share_right():.3f} of them right")
        self.model.describe()
        rates = ShareModel().fit(self.data.train, self.data.sizes())
        student, question, _, right = self.data.held.tensors
        logits = rates(student, question)
        print(f"shares alone: loss {measures.log_loss(logits, right):.4f}  accuracy {measures.accuracy(logits, right):.3f}")

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for student, question, topic, right in self.data.train_batches():
            loss = self.loss(self.model(student, question, topic), right)
            updates.step(self.optimizer, loss)
            total += loss.item() * len(right)
        return total / len(self.data.train)

    @torch.no_grad()
    def held_out(self):
        self.model.eval()
        logits, rights = [], []
        for student, question, topic, right in self.data.held_batches():
            logits.append(self.model(student, question, topic))
            rights.append(right)
        return torch.cat(logits), torch.cat(rights)

    def run(self):
        scheduler = updates.scheduler(self.optimizer, self.options)
        for epoch in range(1, self.options.epochs + 1):
            train_loss = self.train_epoch()
            scheduler.step()
            logits, right = self.held_out()
            loss = measures.log_loss(logits, right)
            self.best.offer(self.model, loss, epoch)
            print(f"epoch {epoch}  train {train_loss:.4f}  held out {loss:.4f}  "
                  f"accuracy {measures.accuracy(logits, right):.3f}  auc {measures.auc(logits, right):.3f}")

    def report(self):
        self.best.restore(self.model)
        logits, right = self.held_out()
        print("predicted  observed  answers")
        for predicted, observed, count in measures.calibration(logits, right):
            print(f"{predicted:9.3f} {observed:9.3f} {count:8d}")
        for name, tables in (("students", self.model.students), ("questions", self.model.questions)):
            length, deviation = likeness.spread(tables)
            print(f"{name}: mean vector length {length:.2f}, deviation of the scalars {deviation:.2f}")
        for first, second, cosine in likeness.closest(self.model.questions, self.data.questions.decode()):
            print(f"  questions {first} and {second}: cosine {cosine:.2f}")
        print(f"best epoch {self.best.epoch}: held-out loss {self.best.loss:.4f}, accuracy {measures.accuracy(logits, right):.3f}")
