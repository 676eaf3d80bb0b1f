from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelConfig:
    classes: int = 10
    widths: tuple = (16, 32)
    embed: int = 64          # size of the image branch's output
    profile: int = 8         #~ profile: int = 16
    hidden: int = 48
    dropout: float = 0.2


@dataclass(frozen=True)
class TrainConfig:
    epochs: int = 10
    batch_size: int = 64
    lr: float = 2e-3
    weight_decay: float = 1e-4
    seed: int = 7


@dataclass(frozen=True)
class Config:
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
