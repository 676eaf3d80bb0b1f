"""The run's settings, read from TOML and checked."""
import tomllib
from dataclasses import dataclass, fields


class SettingsError(ValueError):
    """The settings file says something that cannot be."""


@dataclass(frozen=True)
class Data:
    samples: int
    channels: int
    compounds: int
    noise: float
    batch: int


@dataclass(frozen=True)
class Model:
    width: int
    depth: int
    dropout: float


@dataclass(frozen=True)
class Optim:
    lr: float
    reference_batch: int
    weight_decay: float
    betas: tuple


@dataclass(frozen=True)
class Schedule:
    warmup: int
    floor: float


@dataclass(frozen=True)
class Augment:
    drift: float
    gain: float


@dataclass(frozen=True)
class Settings:
    seed: int
    epochs: int
    data: Data
    model: Model
    optim: Optim
    schedule: Schedule
    augment: Augment


SECTIONS = {"data": Data, "model": Model, "optim": Optim, "schedule": Schedule, "augment": Augment}


def _section(name, kind, values):
    wanted = {f.name for f in fields(kind)}
    if set(values) != wanted:
        raise SettingsError(f"[{name}] wants {sorted(wanted)}, has {sorted(values)}")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def load(path):
    with open(path, "rb") as f:
        raw = tomllib.load(f)
    parts = {name: _section(name, kind, raw.pop(name)) for name, kind in SECTIONS.items()}
    settings = Settings(**raw, **parts)
    if settings.data.batch > settings.data.samples // 4:
        raise SettingsError("the batch is too large for so few samples")
    if not 0 <= settings.schedule.floor < 1:
        raise SettingsError("the schedule's floor is a fraction of the peak")
    return settings
