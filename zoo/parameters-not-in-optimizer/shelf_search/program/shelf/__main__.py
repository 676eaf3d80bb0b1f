"""python -m shelf [--epochs 16 ...]"""
import torch

from . import __version__, config, corpus, search
from .model import TwoTowers, count
from .trainer import Trainer


def main(argv=None):
    settings = config.parse(argv)
    torch.manual_seed(settings.seed)
    print(f"shelf {__version__}: {settings.describe()}")

    train, held = corpus.split(corpus.build(settings), settings.held_out, settings.seed)
    model = TwoTowers(settings)
    print(f"{len(train)} pairs to train, {len(held)} held out, {count(model)} parameters")

    result = Trainer(model, settings, train, held).fit()
    print("kept: " + ", ".join(f"{name} {value:.3f}" for name, value in result.items()))
    for line in search.examples(model, held, settings.top):
        print("  " + line)


if __name__ == "__main__":
    main()
