"""Reads pumps.toml beside the package; what is not there has the value given here."""
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass
class Settings:
    months: int = 12
    width: int = 64
    blocks: int = 2
    group: int = 20
    groups_per_update: int = 3
    lr: float = 1e-3
    momentum: float = 0.9
    passes: int = 12
    seed: int = 0


def read(path="pumps.toml"):
    found = tomllib.loads(Path(path).read_text())
    flat = {k: v for table in found.values() for k, v in table.items()}
    unknown = set(flat) - {f.name for f in fields(Settings)}
    if unknown:
        raise SystemExit(f"{path}: unknown {sorted(unknown)}")
    return Settings(**flat)
