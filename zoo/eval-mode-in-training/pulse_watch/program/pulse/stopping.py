"""Keeps the best weights and says when to stop."""


class Keeper:
    """Remembers the weights with the lowest value seen."""

    def __init__(self, patience):
        self.patience = patience
        self.best = float("inf")
        self.since = 0
        self.weights = None

    def see(self, value, model):
        """True while it is worth going on."""
        if value < self.best:
            self.best, self.since = value, 0
            self.weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        else:
            self.since += 1
        return self.since < self.patience

    def restore(self, model):
        if self.weights is not None:
            model.load_state_dict(self.weights)
        return model

    def state(self):
        """What a checkpoint needs to go on."""
        return {"best": self.best, "since": self.since, "weights": self.weights}

    def load(self, state):
        self.best = state["best"]
        self.since = state["since"]
        self.weights = state["weights"]
