"""Settings of a run, with command-line overrides."""
import argparse
import dataclasses
from dataclasses import dataclass, field


@dataclass
class DataConfig:
    size: int = 16
    train_rows: int = 1300
    max_shift: int = 1
    jitter: float = 0.15
    batch_size: int = 50


@dataclass
class ModelConfig:
    channels: tuple = (12, 24)
    hidden: int = 48
    dropout: float = 0.1


@dataclass
class OptimConfig:
    name: str = "sgd"
    lr: float = 0.04
    momentum: float = 0.9
    weight_decay: float = 5e-4
    decay_bias: bool = False
    gamma: float = 0.85


@dataclass
class Config:
    seed: int = 1234
    epochs: int = 10
    smoothing: float = 0.05
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)


def _convert(old, text):
    if isinstance(old, bool):
        return text.lower() in ("1", "true", "yes")
    if isinstance(old, tuple):
        return tuple(int(part) for part in text.split(","))
    return type(old)(text)


def parse(argv=None):
    """Reads ``--set data.batch_size=32 --set epochs=3`` and the like."""
    parser = argparse.ArgumentParser(prog="glyphs.train")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args(argv)
    config = Config()
    for item in args.set:
        key, _, text = item.partition("=")
        target = config
        *path, last = key.split(".")
        for name in path:
            target = getattr(target, name)
        setattr(target, last, _convert(getattr(target, last), text))
    return config


def describe(config):
    for name, value in dataclasses.asdict(config).items():
        print(f"  {name}: {value}")
