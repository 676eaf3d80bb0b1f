"""Settings, with defaults that suit the station."""
import argparse
import dataclasses


@dataclasses.dataclass
class Settings:
    seed: int = 29
    hours: int = 3600
    check_share: float = 0.2
    lags: int = 4
    ahead: int = 3
    width: int = 72
    depth: int = 3
    mixtures: int = 2
    lr: float = 2e-3
    beta2: float = 0.99
    weight_decay: float = 1e-3
    max_norm: float = 12.0
    batch: int = 70
    epochs: int = 12
    decay_to: float = 0.05
    average: float = 0.97


def parse(argv=None):
    parser = argparse.ArgumentParser(prog="weir", description=__doc__)
    for field in dataclasses.fields(Settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    return Settings(**vars(parser.parse_args(argv)))
