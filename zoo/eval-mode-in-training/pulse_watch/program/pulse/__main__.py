"""python -m pulse [--seed 4] [--set loop.lr=0.1]"""
import torch

from .chip import agreement, for_chip
from .feed import Feed
from .loop import Loop
from .net import PulseNet
from .options import from_command_line
from .report import report


def main(argv=None):
    options = from_command_line(argv)
    torch.manual_seed(options.seed)
    print(options.text())
    feed = Feed(options, options.seed)
    model = PulseNet(options.net)
    print(f"{model.size()} parameters, sees {model.reach()} samples, {len(feed)} batches")
    model = Loop(model, feed, options.loop).run()
    figures = report(model, feed.check)
    print(figures.long())
    print("kept: " + figures.short())
    small = for_chip(model)
    print(f"on the chip: {report(small, feed.check).short()}, same answer {agreement(model, small, feed.check):.3f}")


if __name__ == "__main__":
    main()
