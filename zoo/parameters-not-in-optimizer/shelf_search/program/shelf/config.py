"""Settings of a run; every value can be given on the command line as --name value."""
import argparse
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Config:
    seed: int = 13
    # data
    vocabulary: int = 480
    items: int = 2600
    held_out: int = 260
    tastes: int = 6
    sharpness: float = 1.7
    query_words: int = 7
    item_words: int = 14
    # model
    word_size: int = 12
    hidden: int = 56
    output: int = 20
    start_scale: float = 6.0
    # training
    epochs: int = 16
    batch_size: int = 65
    tower_lr: float = 4e-3
    table_lr: float = 1e-2
    scale_lr: float = 2e-3
    weight_decay: float = 1e-4
    clip: float = 8.0
    warmup: float = 0.06
    floor: float = 0.1
    # report
    every: int = 2
    top: int = 5

    def describe(self):
        return ", ".join(f"{f.name}={getattr(self, f.name)}" for f in fields(self))


def parse(argv=None):
    parser = argparse.ArgumentParser(prog="shelf", description="train the search of a shelf")
    for f in fields(Config):
        parser.add_argument("--" + f.name.replace("_", "-"), type=type(f.default), default=f.default)
    return Config(**vars(parser.parse_args(argv)))
