"""Construction: where modules, optimizers, loaders and parameters are made, and what first fills their memory."""

from __future__ import annotations

import contextlib
import functools
import sys
import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, TensorDataset

from unstuck.observe.sources import SITE, Site, callers, construction_site, here, site_of, user_frame

if TYPE_CHECKING:
    from unstuck.observe.session import Session

INIT_METHODS = ("fill_", "zero_", "normal_", "uniform_", "copy_", "mul_", "div_", "add_", "sub_", "trunc_normal_")


def install(session: Session) -> None:
    """On the constructors, and on what fills a tensor in place."""
    for owner in (torch.nn.Module, torch.optim.Optimizer, DataLoader, TensorDataset, LRScheduler):
        session.replace(owner, "__init__", functools.partial(_remember_place, session))
    session.replace(torch.nn.Parameter, "__new__", functools.partial(_remember_parameter, session))
    session.replace(torch.Tensor, "requires_grad_", functools.partial(_remember_leaf, session))
    for name in INIT_METHODS:
        if hasattr(torch.Tensor, name):
            session.replace(torch.Tensor, name, functools.partial(_remember_fill, session, name))


def stop_watching() -> None:
    """Called once training begins: the wrapped in-place fills cost time in every step."""
    for name in (*INIT_METHODS, "requires_grad_"):
        if name in vars(torch.Tensor) and hasattr(vars(torch.Tensor)[name], "__wrapped__"):
            delattr(torch.Tensor, name)


def _remember_place(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def __init__(instance: Any, *args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(TypeError):  # an object that cannot be referred to weakly keeps no place
            if instance not in session.places and (site := construction_site(instance)):
                session.places[instance] = site
                session.callers[instance] = _sites_around(site)
        if isinstance(instance, torch.optim.Optimizer):  # no attribute is asked for: some are not ready yet
            session.optimizers.append(weakref.ref(instance))
        elif original.__qualname__ == "DataLoader.__init__":
            session.loaders.append(weakref.ref(instance))
        original(instance, *args, **kwargs)
        if (site := session.place_of(instance)) and isinstance(instance, torch.nn.Module):
            instance.__dict__[SITE] = tuple(site)  # a deep copy takes it along

    return __init__


def _remember_parameter(session: Session, original: Any) -> Any:
    """`nn.Parameter(torch.zeros(…))` in the user's own code is where that parameter gets its values."""

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = original.__func__(cls, *args, **kwargs)
        frame = sys._getframe(1)
        if user_frame(frame) is frame and (site := site_of(frame)):
            session.places[made] = site
        return made

    return staticmethod(functools.wraps(original.__func__)(__new__))


def _remember_leaf(session: Session, original: Any) -> Any:
    """`torch.randn(…).requires_grad_()` is where a parameter without a module is made."""

    @functools.wraps(original)
    def requires_grad_(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(tensor, *args, **kwargs)
        frame = sys._getframe(1)
        if session.backwards == 0 and user_frame(frame) is frame and (site := site_of(frame)):
            session.places[tensor] = site
        return result

    return requires_grad_


def _remember_fill(session: Session, name: str, original: Any) -> Any:
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


def _sites_around(inside: Site, most: int = 5) -> list[Site]:
    """The calls of the user's code that are being executed outside the one at `inside`, from the inside out."""
    sites = callers(sys._getframe(2), most + 8)
    return sites[sites.index(inside) + 1 :][:most] if inside in sites else []
