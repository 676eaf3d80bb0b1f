"""How a process becomes a universe: a fork of the paused program, or (engine `fresh`) the program's own process."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from unstuck.experiment import box
from unstuck.facts import Change

if TYPE_CHECKING:
    from unstuck.experiment.universes.host import Host
    from unstuck.observe.session import Session


def preload() -> None:
    """Import once, before the fork, what every universe needs."""
    from unstuck.experiment import changes
    from unstuck.experiment.universes import runtime  # noqa: F401
    from unstuck.observe import calls, crashes, filters, generators  # noqa: F401

    for name in ("by_hand", "comparisons", "cuts", "data", "loaders", "losses", "modes", "modules", "updates"):
        importlib.import_module(f"unstuck.observe.probes.{name}")
    for name in [*changes.names(), "hold_out"]:
        importlib.import_module(f"unstuck.experiment.changes.{name}")
    with contextlib.suppress(Exception):
        box.available()


def become_in_fork(host: Host, universe: dict[str, Any], writing: int, level: str) -> None:
    """In the forked child, before anything else: one thread, no way out, then the changes."""
    import torch

    assert host.session is not None
    gc.freeze()  # a collection would look at every object of the program's start, and copy its page
    torch.set_num_threads(1)
    host.pid = host.session.pid = os.getpid()
    _guard_loaders(host.session)
    _guard_writers()
    _silence()

    def send(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(writing, view) :]

    _start_runtime(host, universe, send, level)


def become_in_place(host: Host, universe: dict[str, Any]) -> None:
    """Engine `fresh`: go on as the universe, and report on the channel itself."""
    import torch

    torch.set_num_threads(1)  # as in a fork: as many universes at once as there are cores
    host.send({"event": "begun"})

    def send(data: bytes) -> None:
        host.channel.sendall(data + b"\n")
        host.linger()

    _start_runtime(host, universe, send, host.level)


def _start_runtime(host: Host, universe: dict[str, Any], send: Callable[[bytes], None], level: str) -> None:
    """Put the universe's runtime in charge of this process."""
    from unstuck.experiment.universes.runtime import Runtime
    from unstuck.experiment.universes.spec import Universe

    assert host.session is not None
    changes = tuple(Change(**change) for change in universe.pop("changes"))
    spec = Universe(changes=changes, **{**universe, "hold_out": tuple(universe.get("hold_out", ()))})
    host.runtime = Runtime(host.session, spec, states=host.states, send=send, level=level)


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _guard_loaders(session: Session) -> None:
    """A child that drops a parent's live worker iterator would end the parent's workers (EVIDENCE 4)."""
    from torch.utils.data import dataloader

    dataloader._MultiProcessingDataLoaderIter.__del__ = lambda self: None  # type: ignore[method-assign]
    for ref in session.loaders:
        if (loader := ref()) is not None:
            loader._iterator = None


def _guard_writers() -> None:
    """Loggers of experiments are off in a universe, and locks shared with the parent are replaced."""
    if tensorboard := sys.modules.get("torch.utils.tensorboard.writer"):
        for name in dir(tensorboard.SummaryWriter):
            if name.startswith("add_") or name in ("flush", "close"):
                setattr(tensorboard.SummaryWriter, name, lambda self, *args, **kwargs: None)
    if tqdm := sys.modules.get("tqdm"):
        with contextlib.suppress(Exception):
            tqdm.tqdm.set_lock(threading.RLock())
    for name in ("wandb", "mlflow"):
        if module := sys.modules.get(name):
            for function in ("log", "log_metric", "log_metrics", "log_param", "log_params", "log_artifact", "finish"):
                if hasattr(module, function):
                    setattr(module, function, lambda *args, **kwargs: None)
