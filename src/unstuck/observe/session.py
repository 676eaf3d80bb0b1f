"""Installs every anchor on PyTorch, hands events to whoever listens, and puts PyTorch back as it was.

The anchors alone cost about one per cent of a tiny step. They draw no random number, keep no gradient, touch no mode.
"""

from __future__ import annotations

import collections
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from unstuck.observe.events import Listeners
from unstuck.observe.identity import ByIdentity
from unstuck.observe.sources import SITE, Site

if TYPE_CHECKING:
    import torch


class Session:
    """Everything installed on PyTorch in this process, and what is known about the program's objects so far."""

    def __init__(self) -> None:
        self.on = Listeners()
        self.pid = os.getpid()
        self.stack: list[torch.nn.Module] = []
        self.backwards = 0
        self.steps = 0
        self.failed_call: tuple[str, tuple[Any, ...], dict[str, Any], Site | None] | None = None
        """The torch function whose call raised, while the function mode is on."""
        self.loose: Any = None
        """Parameters that belong to no module (`loose.Loose`)."""
        self.places: ByIdentity[Site] = ByIdentity()
        """Where modules, optimizers, loaders and datasets were constructed."""
        self.callers: ByIdentity[list[Site]] = ByIdentity()
        """The lines that were being executed around that construction, from the inside out."""
        self.initialised: dict[int, list[tuple[str, Site | None]]] = {}
        """In-place fills by the address of the storage, while the program is being built."""
        self.loaded: ByIdentity[bool] = ByIdentity()
        """Modules whose state was loaded: their weights are not an initialisation."""
        self.optimizers: list[Any] = []
        self.loaders: list[Any] = []
        """Loaders in order of construction: their ordinal is their name from process to process."""
        self.drawing = -1
        """Ordinal of the loader whose batch is being handed out."""
        self.positions: list[int] | None = None
        """Where the rows of the batch being handed out stand in the stored data, if that is known."""
        self.roots: list[Any] = []
        """Outermost modules with parameters, in the order of their first call."""
        self.mode_calls: list[tuple[Any, bool, Site | None]] = []
        """Calls of `train` and `eval` that switched something: module, mode, line."""
        self.failures: list[str] = []
        """What broke of ours while the program went on."""
        self.moment = 0
        """How often training could have begun so far: loaders iterated, models called."""
        self.iterated_at: dict[int, int] = {}
        """The moment at which each loader was iterated last, by its ordinal."""
        self.recent: collections.deque[dict[str, Any]] = collections.deque(maxlen=48)
        """The last finished calls of leaf modules, with their shapes: the way to a crash."""
        self.explains_crashes = True
        """Whether `recent` is kept: nobody asks how an experiment came to its crash."""
        self.trail: Any = None
        """Where the tensors of a step come from, while the function mode is on (`trail.Trail`)."""
        self.undo: list[Callable[[], None]] = []
        """What puts PyTorch back, in the order of what was done to it."""
        self.clip_off = False
        self.quiet = 0
        """Above zero while an anchor of ours, the optimizer or the loader works: probes look away."""

    # -- installing ---------------------------------------------------------------------------------------------------

    def install(self) -> None:
        """Put every anchor in place. Torch must have been imported."""
        from unstuck.observe.anchors import backward, clipping, construction, loaders, modules, optimizers
        from unstuck.observe.loose import Loose

        for anchor in (modules, loaders, backward, optimizers, construction, clipping):
            anchor.install(self)
        self.loose = Loose(self)

    def remove(self) -> None:
        """Leave PyTorch as it was found."""
        while self.undo:
            self.undo.pop()()

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace an attribute by `make(original)`, to be put back as the identical object (or its absence)."""
        inherited = name not in vars(owner)
        original = getattr(owner, name) if inherited else vars(owner)[name]
        setattr(owner, name, make(original))

        def undo() -> None:
            if not inherited:
                setattr(owner, name, original)
            elif name in vars(owner):
                delattr(owner, name)

        self.undo.append(undo)

    # -- telling ------------------------------------------------------------------------------------------------------

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Calls made meanwhile are ours or the library's, not the program's."""
        self.quiet += 1
        try:
            yield
        finally:
            self.quiet -= 1

    def tell(self, listeners: Sequence[Callable[..., Any]], *words: Any) -> None:
        """Tell all who listen; what breaks in one of them is ours and never the program's."""
        for listen in listeners:
            try:
                listen(*words)
            except Exception as error:  # noqa: PERF203 - one that breaks must not keep the others from hearing
                self._broke(listen, error)

    @contextmanager
    def stepping_aside(self, listener: Any) -> Iterator[None]:
        """A listener that breaks is noted, and the program goes on."""
        try:
            yield
        except Exception as error:
            self._broke(listener, error)

    def _broke(self, listener: Any, error: Exception) -> None:
        if len(self.failures) < 20:
            name = getattr(listener, "__qualname__", type(listener).__name__)
            self.failures.append(f"{name}: {type(error).__name__}: {error}")

    # -- places and names ---------------------------------------------------------------------------------------------

    def place_of(self, instance: Any) -> Site | None:
        """Where an object was constructed; a deep copy is where its original was."""
        known = self.places.get(instance)
        copied = getattr(instance, "__dict__", {}).get(SITE)
        return known or (Site(*copied) if copied else None)

    def module_names(self) -> dict[int, str]:
        """Module paths as in `named_modules()`, by identity, over all roots seen (the first root is unprefixed)."""
        names: dict[int, str] = {}
        for root in self.roots:
            for name, module in root.named_modules():
                names.setdefault(id(module), name)
        return names

    def parameter_names(self) -> dict[int, str]:
        """Names of parameters as in `named_parameters()`, by identity, over all roots seen."""
        names: dict[int, str] = {}
        for number, root in enumerate(self.roots):
            prefix = "" if number == 0 else f"[{type(root).__name__}] "
            for name, parameter in root.named_parameters():
                names.setdefault(id(parameter), prefix + name)
        return {**self.loose.names(), **names}

    def held_parameters(self) -> list[Any]:
        """Of all optimizers that exist."""
        return [p for optimizer in self.live_optimizers() for p in parameters_of(optimizer)]

    def known_parameters(self) -> Iterator[Any]:
        """Of all models seen, and those that belong to none."""
        for root in self.roots:
            yield from root.parameters()
        yield from self.loose.tensors().values()

    def training_moment(self) -> int:
        """The moment at which the step being taken began: its loader was iterated, else its model called."""
        if self.drawing in self.iterated_at:
            return self.iterated_at[self.drawing]
        return self.moment if self.moment > 2 else 1  # a model called before without training: begin at this call

    def ordinal(self, loader: Any) -> int:
        """The loader's place in the order of construction."""
        return next((i for i, ref in enumerate(self.loaders) if ref() is loader), -1)

    def live_optimizers(self) -> list[Any]:
        """Optimizers that exist, oldest first."""
        return [o for ref in self.optimizers if (o := ref()) is not None]


def parameters_of(optimizer: Any) -> list[Any]:
    """Of all its groups."""
    return [p for group in optimizer.param_groups for p in group["params"]]
