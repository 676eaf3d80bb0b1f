"""Changing what a module or a call is given: shared by the repairs of crashes, no change itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.observe.calls import Target


def on_argument(
    world: World,
    at: Mapping[str, Any],
    change: Callable[[torch.Tensor], torch.Tensor],
    argument: int | str = 0,
    *,
    rank: int = -1,
) -> None:
    """`at`: a module (`{"module": path, "root": n}`) or a call (`{"target": …}`); one of its arguments is changed.

    `rank`: only if it has so many dimensions, where the program calls the same with others, too.
    """
    hit = world.counter()

    def changed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        value = (
            kwargs.get(str(argument)) if isinstance(argument, str) else args[argument] if argument < len(args) else None
        )
        if not isinstance(value, torch.Tensor) or rank not in (-1, value.dim()):
            return args, kwargs
        hit()
        with world.session.looking_away():
            value = change(value)
        if isinstance(argument, str):
            return args, {**kwargs, argument: value}
        return (*args[:argument], value, *args[argument + 1 :]), kwargs

    on_call(world, at, changed)


def on_call(
    world: World,
    at: Mapping[str, Any],
    change: Callable[[tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]],
) -> None:
    """All arguments of a module or a call go through `change`."""
    if "target" in at:

        def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            args, kwargs = change(args, kwargs)
            return function(*args, **kwargs)

        world.calls.replace(Target.from_data(at["target"]), call)
        return

    def hook(module: torch.nn.Module, args: Any, kwargs: Any) -> Any:
        return change(args, kwargs)

    when_found(world, at, lambda module: module.register_forward_pre_hook(hook, with_kwargs=True))


def when_found(world: World, at: Mapping[str, Any], then: Callable[[torch.nn.Module], Any]) -> None:
    """Calls back once, with the module at `at`, before its model is called."""
    done: list[bool] = []

    def enter(module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        roots = world.session.roots
        if not done and at["root"] < len(roots) and roots[at["root"]] is module:
            done.append(True)
            with world.session.looking_away():
                then(module.get_submodule(at["module"]))
        return args, kwargs

    world.session.on.enter.append(enter)
