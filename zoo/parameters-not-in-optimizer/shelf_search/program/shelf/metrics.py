"""How well the search finds the item that was taken."""
import torch


@torch.no_grad()
def ranks(model, pairs):
    """Place (from 1) of the right item among all items, for each query."""
    was_training = model.training
    model.eval()
    scores = model(pairs.queries, pairs.items)
    right = scores.diagonal().unsqueeze(1)
    model.train(was_training)
    return (scores > right).sum(1) + 1


def summary(places, top):
    places = places.float()
    return {
        f"recall@{top}": (places <= top).float().mean().item(),
        "mrr": places.reciprocal().mean().item(),
        "median": places.median().item(),
    }


class Mean:
    """Mean of the values since the last reset."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.total, self.count = 0.0, 0

    def add(self, value, weight=1):
        self.total += value * weight
        self.count += weight

    @property
    def value(self):
        return self.total / max(1, self.count)
