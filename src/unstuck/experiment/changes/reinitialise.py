"""Give parameters usual initial values: He's for weights before a rectifier and zero for biases, or torch's own."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.events import Backward


def install(world: World, names: list[str], own: bool = False) -> None:
    """`names`: parameters as in `named_parameters()`, changed in place before the first step, once each; `own`: as torch does."""
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
                        (_as_torch_does if own else _initialise)(owner, parameter)
                        hit()
        return args, kwargs

    def backward(event: Backward) -> None:
        """Parameters of no module, in the first step."""
        for number, (name, parameter) in enumerate(world.session.loose.tensors().items()):
            if name in names and name not in done:
                done.add(name)
                with world.session.looking_away(), torch.random.fork_rng(devices=[]):
                    torch.manual_seed(17 + number)
                    _draw(parameter.data)  # autograd must not see it: this step's graph is there already
                hit()

    world.session.on.enter.append(enter)
    world.session.on.backward.append(backward)


def _draw(values: torch.Tensor) -> None:
    """Glorot's spread: whether rows or columns are the inputs is not known without a module."""
    if values.dim() < 2:
        values.zero_()
    else:
        torch.nn.init.xavier_uniform_(values)


def _as_torch_does(owner: Any, parameter: torch.Tensor) -> None:
    """What the module's own `reset_parameters` gives this one parameter; He's where it has none."""
    reset = getattr(owner, "reset_parameters", None)
    if reset is None or not type(owner).__module__.startswith("torch."):
        return _initialise(owner, parameter)
    others = [(p, p.detach().clone()) for p in owner.parameters(recurse=False) if p is not parameter]
    reset()
    for other, value in others:
        other.copy_(value)
    return None


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
