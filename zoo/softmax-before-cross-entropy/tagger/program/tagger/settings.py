"""All numbers of a run in one place; the environment may override them (TAGGER_EPOCHS=3 and so on)."""
import os
from dataclasses import dataclass, fields


@dataclass
class Settings:
    seed: int = 52
    sentences: int = 1500
    words: int = 500
    tags: int = 36
    embedding: int = 48
    hidden: int = 40
    dropout: float = 0.05
    smoothing: float = 0.01
    batch: int = 32
    epochs: int = 8
    lr: float = 0.3
    momentum: float = 0.9
    clip: float = 1.0
    milestones: str = "5,7"

    @classmethod
    def from_environment(cls, environ=os.environ):
        values = {}
        for field in fields(cls):
            text = environ.get(f"TAGGER_{field.name.upper()}")
            if text is not None:
                values[field.name] = field.type(text) if callable(field.type) else text
        return cls(**values)

    @property
    def milestone_list(self):
        return [int(part) for part in self.milestones.split(",") if part]
