"""The training loop."""


class Trainer:
    def __init__(self, model, criterion, optimizer, scheduler, loader, evaluator, callbacks=()):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.loader = loader
        self.evaluator = evaluator
        self.callbacks = list(callbacks)

    def call(self, name, *args):
        for callback in self.callbacks:
            getattr(callback, name)(self, *args)

    def step(self, beats, kinds):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(beats), kinds)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run_epoch(self):
        total = 0.0
        for beats, kinds in self.loader:
            total += self.step(beats, kinds)
        self.scheduler.step()
        return total / len(self.loader)

    def fit(self, epochs):
        self.model.train()
        self.call("on_start")
        for epoch in range(1, epochs + 1):
            train_loss = self.run_epoch()
            report = self.evaluator.evaluate()
            self.call("on_epoch", epoch, train_loss, report)
