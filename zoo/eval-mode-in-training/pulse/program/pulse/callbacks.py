"""Things that happen around training."""
import copy


class Callback:
    def on_start(self, trainer):
        pass

    def on_epoch(self, trainer, epoch, train_loss, report):
        pass


class SanityCheck(Callback):
    """A short evaluation first, so that a mistake in it shows at once."""

    def __init__(self, batches):
        self.batches = batches

    def on_start(self, trainer):
        report = trainer.evaluator.evaluate(self.batches)
        print(f"sanity check on {report.count} recordings: loss {report.loss:.3f}")


class Progress(Callback):
    def on_epoch(self, trainer, epoch, train_loss, report):
        lr = trainer.optimizer.param_groups[0]["lr"]
        print(f"epoch {epoch}  lr {lr:.4f}  train {train_loss:.4f}  test {report.loss:.4f}  accuracy {report.accuracy:.3f}")


class KeepBest(Callback):
    def __init__(self):
        self.accuracy, self.epoch, self.state = -1.0, 0, None

    def on_epoch(self, trainer, epoch, train_loss, report):
        if report.accuracy > self.accuracy:
            self.accuracy, self.epoch = report.accuracy, epoch
            self.state = copy.deepcopy(trainer.model.state_dict())

    def restore(self, model):
        model.load_state_dict(self.state)
