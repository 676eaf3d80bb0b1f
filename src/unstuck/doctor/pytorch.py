"""Whether torch can be imported, and whether the parts of it that an observation hangs on are there."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from unstuck.doctor.children import last_line, run_python
from unstuck.doctor.probes import SEND_US, Seen, check

OLDEST_TORCH = (2, 4)
NEWEST_TORCH = (2, 13)
"""The newest that our tests ran with: a newer one is no reason to worry, and worth knowing when a check fails."""

IMPORT_SECONDS = 120.0
"""A first import of torch from a slow disk takes a minute; one that takes two is not waited for."""

UNKNOWN_TORCH = f"this torch differs from those unstuck knows: {SEND_US}"


@check("torch", wanted="can be imported")
def importable() -> Seen:
    """In a process of its own first: a torch whose libraries do not fit may end the process instead of raising."""
    child = run_python("import torch; print(torch.__version__, torch.__file__)", IMPORT_SECONDS)
    if child.status == 0:
        return "ok", " in ".join(last_line(child.out).split(maxsplit=1)), ""
    if child.status is None:
        return "broken", f"import torch takes more than {IMPORT_SECONDS:.0f} s", "is the disk slow or full?"
    trouble = last_line(child.err) or f"import torch ended the process with status {child.status}"
    if "No module named 'torch'" in trouble:
        return "broken", trouble, f"install it beside unstuck: {sys.executable} -m pip install torch"
    return "broken", trouble, f"install it anew: {sys.executable} -m pip install --force-reinstall torch"


@check("torch version", wanted="2.4 or newer", needs="torch")
def version() -> Seen:
    """A newer one than we know is in order: the checks below say whether it still fits."""
    import torch

    found = str(torch.__version__)
    numbers = _numbers(found)
    if numbers < OLDEST_TORCH:
        return "broken", found, f"{sys.executable} -m pip install --upgrade torch"
    if numbers > NEWEST_TORCH:
        found += " (our tests ran with up to {}.{})".format(*NEWEST_TORCH)
    return "ok", found, ""


def _numbers(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    if found is None:
        raise ValueError(f"{text!r} is no version")
    return int(found[1]), int(found[2])


@check("backward", wanted="every way to call it passes torch.autograd.graph._engine_run_backward", needs="torch")
def backward() -> Seen:
    """The funnel is private to torch, and every anchor of an observation hangs on it."""
    import torch

    ways: dict[str, Callable[[Any, Any], object]] = {
        "Tensor.backward": lambda loss, weight: loss.backward(),
        "torch.autograd.backward": lambda loss, weight: torch.autograd.backward(loss),
        "torch.autograd.grad": lambda loss, weight: torch.autograd.grad(loss, weight),
    }
    unseen = [name for name, way in ways.items() if not _passes_the_funnel(way)]
    if unseen:
        return "broken", f"not seen: {', '.join(unseen)}", UNKNOWN_TORCH
    return "ok", f"seen: {', '.join(ways)}", ""


def _passes_the_funnel(way: Callable[[Any, Any], object]) -> bool:
    import torch

    calls = 0
    original: Callable[..., Any] = torch.autograd.graph._engine_run_backward

    def funnel(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return original(*args, **kwargs)

    name = "_engine_run_backward"
    with _replaced(torch.autograd.graph, name, funnel), _replaced(torch.autograd, name, funnel):
        weight = torch.ones(2, requires_grad=True)
        way((weight * weight).sum(), weight)
    return calls == 1


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


@check("optimizer hooks", wanted="fire once before and once after a step", needs="torch")
def optimizer_hooks() -> Seen:
    """Global ones, since the optimizer of a program may be made before anybody looks."""
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

    fired: list[str] = []
    handles = [
        register_optimizer_step_pre_hook(lambda *_: fired.append("before")),
        register_optimizer_step_post_hook(lambda *_: fired.append("after")),
    ]
    try:
        weight = torch.ones(1, requires_grad=True)
        weight.grad = torch.ones(1)
        torch.optim.SGD([weight], lr=0.1).step()
    finally:
        for handle in handles:
            handle.remove()
    found = f"fired: {', '.join(fired) or 'none'}"
    return ("ok", found, "") if fired == ["before", "after"] else ("broken", found, UNKNOWN_TORCH)


@check("function mode", wanted="sees calls from the bottom of the stack, also after a block above it", needs="torch")
def function_mode() -> Seen:
    """At the top it would be popped in place of the mode of a user's `with` block that began earlier."""
    import torch
    from torch.overrides import TorchFunctionMode

    seen: list[str] = []

    class Listener(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    before = _emptied_mode_stack()
    try:
        with torch.device("cpu"):
            _push_modes([Listener(), *_emptied_mode_stack()])
            torch.ones(1)
        torch.zeros(1)
    finally:
        _emptied_mode_stack()
        _push_modes(before)
    found = f"saw {', '.join(seen) or 'nothing'}"
    return ("ok", found, "") if seen == ["ones", "zeros"] else ("broken", found, UNKNOWN_TORCH)


def _emptied_mode_stack() -> list[Any]:
    """Take every function mode off, and give them back from the bottom up."""
    import torch

    modes = [torch._C._pop_torch_function_stack() for _ in range(torch._C._len_torch_function_stack())]
    return modes[::-1]


def _push_modes(modes: Sequence[Any]) -> None:
    import torch

    for mode in modes:
        torch._C._push_on_torch_function_stack(mode)


@check("DataLoader", wanted="every iterator fetches through _BaseDataLoaderIter.__next__", needs="torch")
def data_loader() -> Seen:
    """An iterator with a method of its own would hand out batches that nobody sees."""
    from torch.utils.data import dataloader

    base = getattr(dataloader, "_BaseDataLoaderIter", None)
    if base is None or "__next__" not in vars(base):
        return "broken", "there is no such method", UNKNOWN_TORCH
    own = [kind.__name__ for kind in base.__subclasses__() if "__next__" in vars(kind)]
    if own:
        return "broken", f"{', '.join(own)} fetch on their own", UNKNOWN_TORCH
    return "ok", "it is there, and no kind of iterator replaces it", ""


@check("CUDA", wanted="torch reaches the GPUs that the machine has", needs="torch")
def cuda() -> Seen:
    """A machine without a GPU is in order; a GPU that this torch cannot use is what the user wants to know."""
    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if available:
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return "ok", f"CUDA {torch.version.cuda}: {', '.join(names)}", ""
    if not has_nvidia_driver():
        return "ok", "no GPU: everything runs on the CPU", ""
    if torch.version.cuda is None:
        return "warning", f"an NVIDIA driver, and a torch without CUDA ({torch.__version__})", "install torch with CUDA"
    reason = str(caught[0].message).split("(")[0] if caught else "torch.cuda.is_available() is False"
    return "warning", reason, "compare the driver (nvidia-smi) with the CUDA of torch, and look at CUDA_VISIBLE_DEVICES"


def has_nvidia_driver() -> bool:
    """Whether there is a GPU as far as the system says, whatever torch says."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
