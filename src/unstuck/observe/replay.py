"""The call that failed, made again on numbers of ours: its shapes, its types or its values were at fault."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from unstuck.observe.sources import Site
from unstuck.observe.tracebacks import is_user_link, links, raised_by_the_user, site_at
from unstuck.observe.trail import tensors_in


def because(
    function: Callable[..., Any] | None, args: Any, kwargs: Any, module: torch.nn.Module | None = None
) -> str | None:
    """`shape`, `dtype` or `value`: what is still at fault when the call is made again on zeros, then on one type.

    `device` or `memory` where that can be told beforehand, None where it cannot be tried.
    """
    tensors = [*tensors_in(args), *tensors_in(kwargs)]
    held = [*module.parameters(), *module.buffers()] if module is not None else []
    if function is None or not tensors or any(t.layout != torch.strided for t in tensors) or any(map(is_lazy, held)):
        return None
    if len({t.device for t in (*tensors, *held)}) > 1 or tensors[0].is_meta:
        return "device"
    if sum(t.numel() for t in tensors) > 3 * 10**8 or _made_size(function, args, kwargs) > 10**9:
        return "memory"
    dtype = next((t.dtype for t in held if t.is_floating_point()), None)
    wide = dtype or next(
        (t.dtype for t in tensors if t.is_floating_point() and isinstance(t, torch.nn.Parameter)), torch.float32
    )

    def works(cast: Callable[[int, torch.Tensor], torch.dtype]) -> bool:
        count = iter(range(1000))

        def fresh(value: Any) -> Any:
            if isinstance(value, torch.Tensor):
                return _zeros(value, cast(next(count), value))
            if isinstance(value, (list, tuple)):
                parts = [fresh(v) for v in value]
                return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
            return {k: fresh(v) for k, v in value.items()} if type(value) is dict else value

        try:
            with torch.no_grad():
                function(*fresh(tuple(args)), **fresh(dict(kwargs)))
        except Exception:
            return False
        return True

    def floats(index: int, tensor: torch.Tensor) -> torch.dtype:
        return wide if tensor.is_floating_point() else tensor.dtype

    if works(lambda i, t: t.dtype):
        return "value"
    casts: list[Callable[[int, torch.Tensor], torch.dtype]] = [
        floats,
        lambda i, t: wide,
        lambda i, t: torch.int64 if i == 1 else floats(i, t),
        lambda i, t: torch.int64 if i == 0 else floats(i, t),
        lambda i, t: torch.bool if i == 1 else floats(i, t),
    ]
    return "dtype" if any(map(works, casts)) else "shape"


def _made_size(function: Callable[..., Any], args: Any, kwargs: Any) -> int:
    """How many numbers the call would make: asked of torch without computing."""

    def empty(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return torch.empty_like(value, device="meta", requires_grad=False)
        return type(value)(map(empty, value)) if type(value) in (list, tuple) else value

    try:
        return sum(
            t.numel() for t in tensors_in(function(*map(empty, args), **{k: empty(v) for k, v in kwargs.items()}))
        )
    except Exception:
        return 0


def _zeros(like: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Zeros of the same shape that lie in memory in the same order."""
    zeros = torch.zeros(like.shape, dtype=dtype, device=like.device)
    reach = 1 + sum((n - 1) * s for n, s in zip(like.shape, like.stride(), strict=True))
    return zeros.as_strided(like.shape, like.stride()) if like.numel() > 0 and reach <= like.numel() else zeros


def function_named(name: str, args: Any) -> Callable[..., Any] | None:
    """A torch function by the name under which the function mode saw it."""
    if args and isinstance(args[0], torch.Tensor) and name in ("view", "unfold", "norm"):
        return getattr(torch.Tensor, name, None)
    for owner in (torch.nn.functional, torch, torch.Tensor, torch._C._nn):
        if callable(found := getattr(owner, name, None)):
            return found  # type: ignore[no-any-return]
    return None


# -- without the function mode: the call that stands on the line -----------------------------------------------------------


OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul", ast.Pow: "pow",
}  # fmt: skip


def call_on_the_line(error: BaseException) -> tuple[str, tuple[Any, ...], dict[str, Any], Site | None] | None:
    """The call that raised, from the user's source and the values of the names in it. Needs python 3.11's columns."""
    link = next((link for link in reversed(list(links(error))) if is_user_link(link)), None)
    if link is None or raised_by_the_user(error):
        return None
    site = site_at(link)
    node = _node_at(site)
    known = {**link.tb_frame.f_globals, **link.tb_frame.f_locals}
    try:
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)], (_value(node.left, known), _value(node.right, known)), {}, site
        if isinstance(node, ast.Subscript):
            return "__getitem__", (_value(node.value, known), _value(node.slice, known)), {}, site
        if isinstance(node, ast.Call):
            args = tuple(_value(a, known) for a in node.args)
            kwargs = {k.arg: _value(k.value, known) for k in node.keywords if k.arg}
            if isinstance(node.func, ast.Attribute):
                owner = _value(node.func.value, known)
                if isinstance(owner, torch.Tensor):
                    return node.func.attr, (owner, *args), kwargs, site
                if isinstance(owner, types.ModuleType) and owner.__name__.split(".")[0] == "torch":
                    return node.func.attr, args, kwargs, site
            elif isinstance(node.func, ast.Name) and _is_torchs(known.get(node.func.id)):
                return node.func.id, args, kwargs, site
    except _Unknown:
        return None
    return None


def _is_torchs(function: Any) -> bool:
    return str(getattr(function, "__module__", None) or "").split(".")[0] == "torch"


class _Unknown(Exception):
    """An expression whose value cannot be had without running the program's code again."""


def _value(node: ast.AST, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, known)
        if node.attr in getattr(owner, "__dict__", {}) or isinstance(owner, (torch.Tensor, torch.nn.Module)):
            return getattr(owner, node.attr)
    if isinstance(node, (ast.Tuple, ast.List)):
        parts = [_value(part, known) for part in node.elts]
        return tuple(parts) if isinstance(node, ast.Tuple) else parts
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, known)
    raise _Unknown


def _node_at(site: Site) -> ast.AST | None:
    if site.column < 0:
        return None
    try:
        with open(site.path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None
    return next(
        (n for n in ast.walk(tree) if isinstance(n, (ast.Call, ast.BinOp, ast.Subscript)) and n.lineno == site.line
         and n.col_offset == site.column and n.end_col_offset == site.end_column),
        None,
    )  # fmt: skip
