"""Entry point: ``python -m glyphs.train``."""
import torch

from . import config as settings
from . import data, losses, model, optim
from .engine import Engine


def main(argv=None):
    config = settings.parse(argv)
    torch.manual_seed(config.seed)
    settings.describe(config)

    train, test = data.loaders(config.data, config.seed)
    classes = train.dataset.classes
    net = model.build(config.model, config.data.size, classes)
    print(f"{net.parameter_count()} parameters, {len(train.dataset)} training and {len(test.dataset)} test images")

    opt = optim.optimizer(net, config.optim)
    engine = Engine(net, losses.build(config), opt, optim.schedule(opt, config.optim), classes)
    history = engine.fit(train, test, config.epochs)
    best = max(accuracy for _, _, accuracy in history)
    print(f"best accuracy {best:.3f}")


if __name__ == "__main__":
    main()
