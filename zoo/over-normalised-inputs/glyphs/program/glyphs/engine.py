"""The training and evaluation loops."""
import torch

from .metrics import Confusion, Mean


class Engine:
    def __init__(self, model, criterion, optimizer, scheduler, classes):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.classes = classes
        self.history = []

    def train_epoch(self, loader):
        self.model.train()
        loss_mean = Mean()
        for images, labels in loader:
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.criterion(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            loss_mean.add(loss.item(), len(labels))
        self.scheduler.step()
        return loss_mean.value

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        loss_mean, confusion = Mean(), Confusion(self.classes)
        for images, labels in loader:
            logits = self.model(images)
            loss_mean.add(self.criterion(logits, labels).item(), len(labels))
            confusion.add(logits, labels)
        return loss_mean.value, confusion

    def fit(self, train, test, epochs):
        for epoch in range(1, epochs + 1):
            train_loss = self.train_epoch(train)
            test_loss, confusion = self.evaluate(test)
            self.history.append((train_loss, test_loss, confusion.accuracy))
            lr = self.optimizer.param_groups[0]["lr"]
            print(f"epoch {epoch:2d}  train {train_loss:.4f}  test {test_loss:.4f}  accuracy {confusion.accuracy:.3f}  lr {lr:.4f}")
        glyph, recall = confusion.worst()
        print(f"hardest glyph: {glyph} (recall {recall:.3f})")
        return self.history
