"""Keeps the best weights of a run."""
import copy


class Best:
    """Remembers the weights with the highest score; ``restore`` puts them back."""

    def __init__(self, model):
        self.model = model
        self.score = float("-inf")
        self.epoch = 0
        self.weights = None

    def offer(self, epoch, score):
        if score <= self.score:
            return False
        self.score, self.epoch = score, epoch
        self.weights = copy.deepcopy(self.model.state_dict())
        return True

    def restore(self):
        if self.weights is not None:
            self.model.load_state_dict(self.weights)
        return self.epoch
