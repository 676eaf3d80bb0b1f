"""Options of a run."""
import argparse
from dataclasses import MISSING, dataclass, fields


@dataclass(frozen=True)
class Options:
    seed: int = 29
    students: int = 240
    questions: int = 120
    topics: int = 8
    answers: int = 15000
    skills: int = 4
    spread: float = 0.3
    lr: float = 0.03
    decay: float = 0.0003
    batch: int = 250
    epochs: int = 9
    gamma: float = 0.8
    held_out: float = 0.15

    @classmethod
    def from_arguments(cls, argv=None):
        parser = argparse.ArgumentParser()
        for field in fields(cls):
            default = None if field.default is MISSING else field.default
            parser.add_argument("--" + field.name.replace("_", "-"), type=type(default), default=default)
        return cls(**vars(parser.parse_args(argv)))

    def __post_init__(self):
        if self.answers > self.students * self.questions:
            raise ValueError("more answers than pairs of students and questions")
        if not 0 < self.held_out < 0.5:
            raise ValueError("hold out less than half of the answers, but some")
        if self.skills < 1:
            raise ValueError("at least one skill is needed")
        if self.batch > self.answers:
            raise ValueError("the batch is larger than the data")

    def lines(self):
        """The options as the report prints them."""
        width = max(len(field.name) for field in fields(self))
        return "\n".join(f"  {field.name:{width}s} {getattr(self, field.name)}" for field in fields(self))
