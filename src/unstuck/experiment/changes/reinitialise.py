"""Give parameters the initial values that torch would give them: He for weights before a rectifier, zero for biases."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World


def install(world: World, names: list[str]) -> None:
    """`names`: parameters as in `named_parameters()`, changed in place before the first step, once each."""
    hit = world.counter()
    done: set[str] = set()

    def enter(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        known = world.session.parameter_names()
        with world.session.looking_away(), torch.no_grad(), torch.random.fork_rng(devices=[]):
            for number, owner in enumerate(module.modules()):
                torch.manual_seed(17 + number)
                for parameter in owner.parameters(recurse=False):
                    name = known.get(id(parameter), "?")
                    if name in names and name not in done:
                        done.add(name)
                        _initialise(owner, parameter)
                        hit()
        return args, kwargs

    world.session.on.enter.append(enter)


def _initialise(owner: Any, parameter: torch.Tensor) -> None:
    norm = "Norm" in type(owner).__name__
    if isinstance(owner, torch.nn.Embedding):
        parameter.normal_()
    elif isinstance(owner, torch.nn.RNNBase):
        bound = 1.0 / owner.hidden_size**0.5
        parameter.uniform_(-bound, bound)
    elif parameter.dim() < 2:
        parameter.fill_(1.0 if norm and parameter is owner.weight else 0.0)
    else:
        torch.nn.init.kaiming_uniform_(parameter, nonlinearity="relu")
