"""Installs every anchor on PyTorch, hands events to whoever listens, and puts PyTorch back as it was.

The anchors alone cost about one per cent of a tiny step. They draw no random number, keep no gradient, touch no mode.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import os
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unstuck.observe.identity import ByIdentity
from unstuck.observe.sources import Site, callers, construction_site, here, site_of, user_frame

if TYPE_CHECKING:
    import torch

__all__ = ["Backward", "Session"]

PASSED = "_unstuck_passed"
"""The attribute of an error that lists the modules it passed through, innermost first: arguments, calling line."""
SITE = "_unstuck_site"
INIT_METHODS = ("fill_", "zero_", "normal_", "uniform_", "copy_", "mul_", "div_", "add_", "sub_", "trunc_normal_")


@dataclass
class Backward:
    """One entry into the autograd engine. Listeners may change it before it runs."""

    number: int
    tensors: tuple[torch.Tensor, ...]
    gradients: list[torch.Tensor | None]
    trains: bool
    """`backward()`, or gradients of a loss with respect to the parameters that the program will update by hand."""
    site: Site | None
    skip: bool = False


@dataclass
class Listeners:
    """Who is told what. Each list is called in order; filters return what goes on."""

    iterate: list[Callable[[Any], None]] = field(default_factory=list)
    """A DataLoader's `__iter__` begins."""
    draw: list[Callable[[Any], None]] = field(default_factory=list)
    """A batch is about to be drawn."""
    batch: list[Callable[[Any], Any]] = field(default_factory=list)
    """Filter: the batch that was drawn."""
    enter: list[
        Callable[[torch.nn.Module, tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]
    ] = field(default_factory=list)
    """Filter: an outermost module with parameters is about to be called."""
    answer: list[Callable[[torch.nn.Module, Any], Any]] = field(default_factory=list)
    """Filter: what an outermost module with parameters returns."""
    leave: list[Callable[[torch.nn.Module, tuple[Any, ...], Any], None]] = field(default_factory=list)
    """Any module returned."""
    backward: list[Callable[[Backward], None]] = field(default_factory=list)
    after_backward: list[Callable[[Backward], None]] = field(default_factory=list)
    before_step: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    gradients: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    """The gradients that a step will use are there: as it begins, or each time its closure has returned."""
    after_step: list[Callable[[torch.optim.Optimizer], None]] = field(default_factory=list)
    """Outermost `step` of one optimizer only: `super().step()` and closures nest."""
    clip: list[Callable[[str, Site | None, float, float], None]] = field(default_factory=list)
    """Gradients were clipped: function, place, norm before, limit."""


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
        self._loader_of: ByIdentity[int] = ByIdentity()
        self.roots: list[Any] = []
        """Outermost modules with parameters, in the order of their first call."""
        self.mode_calls: list[tuple[Any, bool, Site | None]] = []
        """Calls of `train` and `eval` that switched something: module, mode, line."""
        self.schedulers: list[tuple[str, Site | None]] = []
        self.failures: list[str] = []
        """What broke of ours while the program went on."""
        self.moment = 0
        """How often training could have begun so far: loaders iterated, models called."""
        self._iterated_at: dict[int, int] = {}
        self.recent: collections.deque[dict[str, Any]] = collections.deque(maxlen=48)
        """The last finished calls of leaf modules, with their shapes: the way to a crash."""
        self.explains_crashes = True
        """Whether `recent` is kept: nobody asks how an experiment came to its crash."""
        self.trail: Any = None
        """Where the tensors of a step come from, while the function mode is on (`crashes.Trail`)."""
        self._undo: list[Callable[[], None]] = []
        self._stepping: list[int] = []
        self._in_backward = False
        self.clip_functions: dict[str, Any] = {}
        self.clip_off = False
        self.quiet = 0
        """Above zero while an anchor of ours, the optimizer or the loader works: probes look away."""

    # -- installing ---------------------------------------------------------------------------------------------------

    def install(self) -> None:
        """Put every anchor in place. Torch must have been imported."""
        import torch

        self._watch_modules(torch)
        self._watch_loaders(torch)
        self._watch_backward(torch)
        self._watch_optimizers(torch)
        self._watch_construction(torch)
        self._watch_clipping(torch)
        from unstuck.observe.loose import Loose

        self.loose = Loose(self)

    def remove(self) -> None:
        """Leave PyTorch as it was found."""
        while self._undo:
            self._undo.pop()()

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

        self._undo.append(undo)

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

    # -- anchors ------------------------------------------------------------------------------------------------------

    def _watch_modules(self, torch: types.ModuleType) -> None:
        session = self

        def make_call(original: Any) -> Any:
            @functools.wraps(original)
            def call(module: Any, *args: Any, **kwargs: Any) -> Any:
                if torch.compiler.is_compiling() or os.getpid() != session.pid:
                    return original(module, *args, **kwargs)
                known = not session.stack and any(root is module for root in session.roots)
                outermost = known or (not session.stack and _has_parameters(module))
                if outermost:
                    session.moment += 1
                    if not known:
                        session.roots.append(module)
                    for enter in session.on.enter:
                        with session.stepping_aside(enter):
                            args, kwargs = enter(module, args, kwargs)
                session.stack.append(module)
                try:
                    result = original(module, *args, **kwargs)
                    if session.explains_crashes and not module._modules:
                        session.recent.append(
                            {"module": weakref.ref(module), "in": shape_of(args), "out": shape_of(result)}
                        )
                    if outermost:
                        for answer in session.on.answer:
                            with session.stepping_aside(answer):
                                result = answer(module, result)
                    if session.on.leave:
                        session.tell(session.on.leave, module, args, result)
                    return result
                except Exception as error:
                    # On the error itself: what the program catches is forgotten with it.
                    error.__dict__.setdefault(PASSED, []).append((module, args, kwargs, here()))
                    raise
                finally:
                    session.stack.pop()

            return call

        self.replace(torch.nn.Module, "__call__", make_call)

        def make_train(original: Any) -> Any:
            @functools.wraps(original)
            def train(module: Any, mode: bool = True) -> Any:
                if session.depth_of_train == 0 and any(part.training != mode for part in module.modules()):
                    session.mode_calls.append((weakref.ref(module), mode, here()))
                    del session.mode_calls[:-500]
                session.depth_of_train += 1
                try:
                    return original(module, mode)
                finally:
                    session.depth_of_train -= 1

            return train

        self.depth_of_train = 0
        self.replace(torch.nn.Module, "train", make_train)

        def make_load(original: Any) -> Any:
            @functools.wraps(original)
            def load_state_dict(module: Any, *args: Any, **kwargs: Any) -> Any:
                for part in module.modules():
                    session.loaded[part] = True
                return original(module, *args, **kwargs)

            return load_state_dict

        self.replace(torch.nn.Module, "load_state_dict", make_load)

    def _watch_loaders(self, torch: types.ModuleType) -> None:
        session = self
        from torch.utils.data import DataLoader
        from torch.utils.data.dataloader import _BaseDataLoaderIter

        def make_iter(original: Any) -> Any:
            @functools.wraps(original)
            def __iter__(loader: Any) -> Any:
                if os.getpid() == session.pid:
                    session.moment += 1
                    session._iterated_at[session.ordinal(loader)] = session.moment
                    session.tell(session.on.iterate, loader)
                iterator = original(loader)
                session._loader_of[iterator] = session.ordinal(loader)
                return iterator

            return __iter__

        def make_next(original: Any) -> Any:
            @functools.wraps(original)
            def __next__(iterator: Any) -> Any:
                if os.getpid() != session.pid:
                    return original(iterator)
                session.drawing = session._loader_of.get(iterator, -1)
                session.tell(session.on.draw, iterator)
                with session.looking_away():
                    batch = original(iterator)
                for keep in session.on.batch:
                    with session.stepping_aside(keep):
                        batch = keep(batch)
                return batch

            return __next__

        def make_index(original: Any) -> Any:
            @functools.wraps(original)
            def _next_index(iterator: Any) -> Any:
                index = original(iterator)
                if iterator._num_workers == 0 and os.getpid() == session.pid:
                    session.positions = stored_positions(getattr(iterator, "_dataset", None), index)
                return index

            return _next_index

        self.replace(_BaseDataLoaderIter, "_next_index", make_index)
        self.replace(DataLoader, "__iter__", make_iter)
        self.replace(_BaseDataLoaderIter, "__next__", make_next)

    def _watch_backward(self, torch: types.ModuleType) -> None:
        session = self

        def make_run(original: Any) -> Any:
            @functools.wraps(original)
            def run(tensors: Any, grad_tensors: Any, *args: Any, **kwargs: Any) -> Any:
                if os.getpid() != session.pid or session._in_backward:  # a checkpoint's inner backward is no step
                    return original(tensors, grad_tensors, *args, **kwargs)
                by_hand = not kwargs.get("accumulate_grad", False)
                event = Backward(
                    number=session.backwards,
                    tensors=tuple(tensors),
                    gradients=list(grad_tensors),
                    trains=not by_hand or _trains_by_hand(tensors, *args),
                    site=here(),
                )
                if event.trains:
                    session.backwards += 1
                    session.tell(session.on.backward, event)
                if event.skip:
                    return tuple(torch.zeros_like(leaf) for leaf in args[2]) if by_hand else None
                session._in_backward = event.trains
                try:
                    result = original(event.tensors, tuple(event.gradients), *args, **kwargs)
                finally:
                    session._in_backward = False
                if event.trains:
                    session.tell(session.on.after_backward, event)
                return result

            return run

        import torch.autograd.graph

        self.replace(torch.autograd.graph, "_engine_run_backward", make_run)
        self.replace(torch.autograd, "_engine_run_backward", lambda _: torch.autograd.graph._engine_run_backward)

    def _watch_optimizers(self, torch: types.ModuleType) -> None:
        session = self
        from torch.optim import optimizer as module

        def before(optimizer: Any, args: Any, kwargs: Any) -> Any:
            if os.getpid() != session.pid:
                return None
            session._stepping.append(id(optimizer))
            if session._stepping.count(id(optimizer)) > 1:
                return None
            outside = session.quiet
            session.quiet += 1
            session.tell(session.on.before_step, optimizer)
            closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
            if not callable(closure):
                session.tell(session.on.gradients, optimizer)
                return None

            def opened(*words: Any, **named: Any) -> Any:
                """A closure is the program's own code, though the optimizer calls it."""
                inside, session.quiet = session.quiet, outside
                try:
                    result = closure(*words, **named)
                finally:
                    session.quiet = inside
                session.tell(session.on.gradients, optimizer)
                return result

            return ((*args[:1], opened, *args[2:]), kwargs) if len(args) > 1 else (args, {**kwargs, "closure": opened})

        def after(optimizer: Any, args: Any, kwargs: Any) -> None:
            if os.getpid() != session.pid or id(optimizer) not in session._stepping:
                return
            session._stepping.remove(id(optimizer))
            if id(optimizer) not in session._stepping:
                session.steps += 1
                session.tell(session.on.after_step, optimizer)
                session.quiet -= 1

        self._undo.append(module.register_optimizer_step_pre_hook(before).remove)
        self._undo.append(module.register_optimizer_step_post_hook(after).remove)

        def make_zero(original: Any) -> Any:
            @functools.wraps(original)
            def zero_grad(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
                with session.looking_away():
                    return original(optimizer, *args, **kwargs)

            return zero_grad

        self.replace(torch.optim.Optimizer, "zero_grad", make_zero)

    def _watch_construction(self, torch: types.ModuleType) -> None:
        from torch.optim.lr_scheduler import LRScheduler
        from torch.utils.data import DataLoader, TensorDataset

        for owner in (torch.nn.Module, torch.optim.Optimizer, DataLoader, TensorDataset, LRScheduler):
            self.replace(owner, "__init__", self._remember_place)
        self.replace(torch.nn.Parameter, "__new__", self._remember_parameter)
        self.replace(torch.Tensor, "requires_grad_", self._remember_leaf)
        for name in INIT_METHODS:
            if hasattr(torch.Tensor, name):
                self.replace(torch.Tensor, name, functools.partial(self._remember_fill, name))

    def _remember_place(self, original: Any) -> Any:
        import torch

        session = self

        @functools.wraps(original)
        def __init__(instance: Any, *args: Any, **kwargs: Any) -> None:
            with contextlib.suppress(TypeError):  # an object that cannot be referred to weakly keeps no place
                if instance not in session.places and (site := construction_site(instance)):
                    session.places[instance] = site
                    session.callers[instance] = user_sites(site)
            if isinstance(instance, torch.optim.Optimizer):  # no attribute is asked for: some are not ready yet
                session.optimizers.append(weakref.ref(instance))
            elif original.__qualname__ == "DataLoader.__init__":
                session.loaders.append(weakref.ref(instance))
            original(instance, *args, **kwargs)
            if (site := session.place_of(instance)) and isinstance(instance, torch.nn.Module):
                instance.__dict__[SITE] = tuple(site)  # a deep copy takes it along

        return __init__

    def _remember_parameter(self, original: Any) -> Any:
        """`nn.Parameter(torch.zeros(…))` in the user's own code is where that parameter gets its values."""
        session = self

        def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
            made = original.__func__(cls, *args, **kwargs)
            frame = sys._getframe(1)
            if user_frame(frame) is frame and (site := site_of(frame)):
                session.places[made] = site
            return made

        return staticmethod(functools.wraps(original.__func__)(__new__))

    def _remember_leaf(self, original: Any) -> Any:
        """`torch.randn(…).requires_grad_()` is where a parameter without a module is made."""
        session = self

        @functools.wraps(original)
        def requires_grad_(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(tensor, *args, **kwargs)
            frame = sys._getframe(1)
            if session.backwards == 0 and user_frame(frame) is frame and (site := site_of(frame)):
                session.places[tensor] = site
            return result

        return requires_grad_

    def _remember_fill(self, name: str, original: Any) -> Any:
        session = self

        @functools.wraps(original)
        def fill(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(tensor, *args, **kwargs)
            if session.backwards == 0 and not session.quiet and tensor.device.type != "meta":
                try:
                    address = tensor.untyped_storage().data_ptr()
                except Exception:
                    return result
                history = session.initialised.setdefault(address, [])
                history.append((name, here()))
                del history[:-4]
            return result

        return fill

    def stop_watching_construction(self) -> None:
        """Called once training begins: the wrapped in-place fills cost time in every step."""
        import torch

        for name in (*INIT_METHODS, "requires_grad_"):
            if name in vars(torch.Tensor) and hasattr(vars(torch.Tensor)[name], "__wrapped__"):
                delattr(torch.Tensor, name)

    def _watch_clipping(self, torch: types.ModuleType) -> None:
        """Clipping functions are imported by name everywhere: `adopt_clipping` replaces every such name later."""
        session = self
        from torch.nn.utils import clip_grad

        def make(original: Any) -> Any:
            @functools.wraps(original)
            def clip(parameters: Any, limit: Any = None, *args: Any, **kwargs: Any) -> Any:
                limit = kwargs.pop("max_norm", kwargs.pop("clip_value", limit))
                parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
                with session.looking_away():
                    if session.on.clip:
                        with session.stepping_aside(original):
                            size, site = _size_before(original.__name__, parameters), here()
                            session.tell(session.on.clip, original.__name__, site, size, float(limit))
                    return original(parameters, float("inf") if session.clip_off else limit, *args, **kwargs)

            return clip

        for name in ("clip_grad_norm_", "clip_grad_value_"):
            self.clip_functions[name] = getattr(clip_grad, name)
            self.replace(clip_grad, name, make)
            setattr(torch.nn.utils, name, getattr(clip_grad, name))
            original = self.clip_functions[name]
            self._undo.append(functools.partial(setattr, torch.nn.utils, name, original))

    def place_of(self, instance: Any) -> Site | None:
        """Where an object was constructed; a deep copy is where its original was."""
        known = self.places.get(instance)
        copied = getattr(instance, "__dict__", {}).get(SITE)
        return known or (Site(*copied) if copied else None)

    # -- names --------------------------------------------------------------------------------------------------------

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
        if self.drawing in self._iterated_at:
            return self._iterated_at[self.drawing]
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


def norm_of(gradients: Iterable[Any]) -> float:
    """Of all of them as one vector."""
    return float(sum(float(g.detach().float().norm()) ** 2 for g in gradients) ** 0.5)


def _has_parameters(module: Any) -> bool:
    """Whatever `parameters` has been made to return; asked in every step, so a loss and the like are not searched."""
    if not module._modules and not module._parameters and "parameters" not in module.__dict__:
        return False
    try:
        return next(iter(module.parameters()), None) is not None
    except Exception:
        return bool(module._parameters)


def _size_before(function: str, parameters: Sequence[Any]) -> float:
    """What a clipping function compares with its limit: the largest entry, or the norm of all gradients."""
    gradients = [p.grad.detach() for p in parameters if p.grad is not None and p.grad.numel()]
    return max((float(g.abs().max()) for g in gradients), default=0.0) if "value" in function else norm_of(gradients)


def _trains_by_hand(
    tensors: Any, keep_graph: bool = False, create_graph: bool = False, inputs: Any = (), *_: Any
) -> bool:
    """`torch.autograd.grad(loss, parameters)`; with respect to a batch alone it is an attack, a map or a penalty."""
    import torch

    one_number = len(tensors) == 1 and tensors[0].numel() == 1
    leaves = all(isinstance(leaf, torch.Tensor) and leaf.is_leaf for leaf in inputs)
    several = len(inputs) > 1 or any(isinstance(leaf, torch.nn.Parameter) for leaf in inputs)
    return one_number and leaves and several and not create_graph


def shape_of(value: Any) -> Any:
    """Shapes of the tensors in a nested value, as lists."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return [int(n) for n in value.shape]
    if isinstance(value, (tuple, list)):
        shapes = [s for part in value[:4] if (s := shape_of(part)) is not None]
        return shapes[0] if len(shapes) == 1 else (shapes or None)
    return None


def user_sites(inside: Site, most: int = 5) -> list[Site]:
    """The calls of the user's code that are being executed outside the one at `inside`, from the inside out."""
    sites = callers(sys._getframe(2), most + 8)
    return sites[sites.index(inside) + 1 :][:most] if inside in sites else []


def stored_positions(dataset: Any, index: Any) -> list[int] | None:
    """Positions in the innermost stored data for the indices of a batch; subsets are looked through."""
    if not isinstance(index, (list, tuple)) or not all(isinstance(i, int) for i in index):
        return None
    positions = list(index)
    with contextlib.suppress(Exception):
        while hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
            positions = [int(dataset.indices[i]) for i in positions]
            dataset = dataset.dataset
    return positions
