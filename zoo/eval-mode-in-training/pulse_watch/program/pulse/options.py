"""Options of a run."""
import argparse
import json
from dataclasses import asdict, dataclass, field


@dataclass
class NetOptions:
    channels: int = 20
    blocks: int = 9
    kernel: int = 5
    classes: int = 6


@dataclass
class DataOptions:
    train: int = 1500
    check: int = 500
    length: int = 72
    noise: float = 0.1
    wander: float = 0.25


@dataclass
class LoopOptions:
    epochs: int = 10
    batch: int = 50
    lr: float = 0.1
    momentum: float = 0.9
    decay: float = 3e-4
    smoothing: float = 0.03
    patience: int = 5


@dataclass
class Options:
    seed: int = 4
    net: NetOptions = field(default_factory=NetOptions)
    data: DataOptions = field(default_factory=DataOptions)
    loop: LoopOptions = field(default_factory=LoopOptions)

    def text(self):
        return json.dumps(asdict(self), separators=(",", ":"))


def from_command_line(argv=None):
    parser = argparse.ArgumentParser(prog="pulse")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--set", action="append", default=[], metavar="PART.NAME=VALUE", help="e.g. loop.lr=0.05")
    args = parser.parse_args(argv)
    options = Options(seed=args.seed)
    for item in args.set:
        path, _, value = item.partition("=")
        part, _, name = path.partition(".")
        target = getattr(options, part)
        old = getattr(target, name)
        setattr(target, name, type(old)(value))
    return options
