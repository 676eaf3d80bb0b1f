"""python -m bats [run.epochs=10 ...]"""
import torch

from . import SPECIES, settings
from .collection import collect
from .evaluation import figures, mixed_up
from .model import CallModel
from .night import listen
from .runner import Runner


def main(argv=None):
    s = settings.read(argv)
    survey, seed = s["survey"], s["run"]["seed"]
    torch.manual_seed(seed)
    first = listen(survey["calls"], survey["samples"], survey["noise"], seed, weak_from=0.15)
    second = listen(survey["check_calls"], survey["samples"], survey["noise"], seed + 1)
    training, check = collect(first, second, **s["filter"])
    print("calls: " + ", ".join(f"{name} {count}" for name, count in training.counts().items()))

    model = CallModel(training.values.shape[1], len(SPECIES), **s["model"])
    table = Runner(model, training, check, s["optimizer"], s["run"]).fit()
    print("final: " + ", ".join(f"{name} {value:.3f}" for name, value in figures(table).items()))
    print("mixed up most: " + "; ".join(mixed_up(table)))


if __name__ == "__main__":
    main()
