"""``python -m gestures.train [key=value ...]``"""
import sys

import torch

from . import conf as configuration
from . import loaders
from .judging import judge
from .learning import Learner
from .motion import GESTURES
from .net import GestureNet


def padding_share(loader):
    """How much of a batch is padding, on average."""
    empty = total = 0
    for _, mask, _ in loader:
        empty += int((~mask).sum())
        total += mask.numel()
    return empty / total


def main(arguments):
    conf = configuration.read(arguments)
    torch.manual_seed(conf.seed)
    train_loader, test_loader = loaders.build(conf)
    net = GestureNet(conf, len(GESTURES))
    learner = Learner(net, conf, conf.epochs * len(train_loader))
    print(f"{sum(p.numel() for p in net.parameters())} weights, rate {conf.lr}")
    print(f"{len(train_loader.dataset)} takes to learn from, {len(test_loader.dataset)} to test; "
          f"padding in the test batches {padding_share(test_loader):.2f}")
    for epoch in range(1, conf.epochs + 1):
        net.train()
        losses = [learner.update(*batch) for batch in train_loader]
        result = judge(net, test_loader)
        print(f"epoch {epoch:2d}  loss {sum(losses) / len(losses):.4f}  test accuracy {result.accuracy():.3f}")
    print("\n".join(result.lines()))
    print("{} was taken for {} {} times".format(*result.confused()))
    print(f"final test accuracy {result.accuracy():.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
