"""What was going on when the program stopped: the modules the error passed through, the call that failed, the way there.

Nothing here reads the words of an error: they change between releases. What was at fault in a call (its shapes, its types,
its values) is found by making the call again on numbers of ours.
"""

from __future__ import annotations

import ast
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from unstuck.observe.calls import Call, Calls, Target, module_paths
from unstuck.observe.session import PASSED, Session
from unstuck.observe.sources import Site, is_user_file, site_of, user_frame
from unstuck.observe.tracebacks import is_user_link, links, raised_by_the_user, site_at

READS = frozenset({"item", "tolist", "numpy", "__float__", "__int__", "__bool__", "__array__"})
"""Calls that take numbers out of torch."""
LEAVES = READS | {"detach", "data"}
"""Calls after which the way can be lost: what comes back was made outside of torch."""
SKIPPED = frozenset({"grad", "grad_fn", "size", "dim", "__repr__", "__format__", "requires_grad_", "register_hook"})
MOST_STEPS = 20_000
LONGEST_CHAIN = 60


# -- where the tensors of a step come from ---------------------------------------------------------------------------------


@dataclass(eq=False)
class Step:
    """One call that made a tensor, as plain numbers, with the steps that made its arguments."""

    name: str
    site: Site | None
    module: Callable[[], Any]
    inside: Callable[[], Any]
    given: list[dict[str, Any]]
    made: dict[str, Any] | None
    constants: list[str]
    wanted: bool
    """An argument wanted a gradient."""
    keeps: bool
    """The result has one."""
    graded: bool
    """Gradients were on."""
    off: Site | None
    """Where they had been switched off."""
    callers: list[Site] = field(default_factory=list)
    parents: list[Step | None] = field(default_factory=list)
    """For each tensor given, the call that made it, if it was seen."""


class Trail:
    """Remembers, by identity, which call made which tensor: only numbers and lines are kept, never a tensor."""

    def __init__(self, session: Session, calls: Calls) -> None:
        self.session = session
        self.switched_off: Site | None = None
        """Where gradients were switched off, while they are."""
        self.left: list[Step] = []
        """Calls that took numbers out of the graph, oldest first."""
        self._made: dict[int, tuple[weakref.ref[torch.Tensor], Step]] = {}
        self._older: dict[int, tuple[weakref.ref[torch.Tensor], Step]] = {}
        session.trail = self
        calls.listeners.append(self._call)
        session.on.after_backward.append(lambda event: self._forget())

    def maker(self, tensor: Any) -> Step | None:
        """The call that made a tensor."""
        found = self._made.get(id(tensor)) or self._older.get(id(tensor))
        return found[1] if found and found[0]() is tensor else None

    def _forget(self) -> None:
        self._older, self._made = self._made, {}
        self.left = []

    def _call(self, call: Call) -> None:
        if call.name == "_set_grad_enabled":
            self.switched_off = None if call.args[0] else self.switched_off or call.site
        results = [t for t in tensors_in(call.result) if t.dim() or call.name not in SKIPPED]
        if call.name in SKIPPED or not (results or call.name in READS):
            return
        given = [*tensors_in(call.args), *tensors_in(call.kwargs)]
        wanted, keeps = any(t.requires_grad for t in given), any(t.requires_grad for t in results)
        if call.name in READS and not wanted:
            return
        step = self._step(call, given, results, wanted, keeps)
        if call.name in LEAVES and wanted:
            self.left.append(step)
        for tensor in results:
            self._made[id(tensor)] = (weakref.ref(tensor), step)
        if len(self._made) > MOST_STEPS:
            self._forget()

    def _step(self, call: Call, given: list[Any], results: list[Any], wanted: bool, keeps: bool) -> Step:
        stack = self.session.stack
        return Step(
            name=call.name,
            site=call.site,
            module=weakref.ref(call.module) if call.module is not None else _nothing,
            inside=weakref.ref(stack[-1]) if stack else _nothing,
            given=[_form(t) for t in given],
            made=_form(results[0]) if results else None,
            constants=[repr(a)[:60] for a in call.args if not list(tensors_in(a))] + [f"{k}={v!r}"[:60] for k, v in call.kwargs.items() if v is not None and not list(tensors_in(v))],
            wanted=wanted,
            keeps=keeps,
            graded=torch.is_grad_enabled(),
            off=self.switched_off,
            callers=_callers(sys._getframe(4)) if wanted and not keeps else [],
            parents=[self.maker(t) for t in given],
        )


def _nothing() -> None:
    return None


def _form(tensor: torch.Tensor) -> dict[str, Any]:
    shape = [] if is_lazy(tensor) else list(tensor.shape)
    return {"shape": shape, "dtype": str(tensor.dtype)[6:], "parameter": isinstance(tensor, torch.nn.Parameter)}


def _callers(frame: types.FrameType | None) -> list[Site]:
    sites = []
    frame = user_frame(frame)
    while frame is not None and len(sites) < 6:
        if (site := site_of(frame)) is not None:
            sites.append(site)
        frame = user_frame(frame.f_back)
    return sites


def tensors_in(value: Any, depth: int = 2) -> Iterator[torch.Tensor]:
    """The tensors among arguments, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)) and depth and len(value) < 64:
        for part in value:
            yield from tensors_in(part, depth - 1)
    elif isinstance(value, dict) and depth:
        for part in value.values():
            yield from tensors_in(part, depth - 1)


# -- the record ------------------------------------------------------------------------------------------------------------


def describe(error: BaseException, session: Session) -> dict[str, Any]:
    """The part of a crash record that needs torch."""
    modules = failing_modules(error, session)
    call, arguments = failing_call(error, session, modules)
    passed = getattr(error, PASSED, [])
    start = arguments or list(tensors_in(passed[0][1])) if passed else arguments
    trail: Trail | None = session.trail
    return {
        "modules": modules,
        "call": call,
        "chain": chain_to(trail, start, session) if trail else recent_modules(session),
        "sources": [_plain(step, session) if (step := trail.maker(t)) else None for t in start] if trail else [],
        "cuts": _cuts(trail, start, session) if trail else [],
        "grad_enabled": torch.is_grad_enabled(),
        "wanted": sum(p.requires_grad for r in session.roots for p in r.parameters()),
        "parameters": [n for r in session.roots for n, _ in r.named_parameters()][:2000],
        "batch": failing_batch(error),
        "loaders": _loaders(session),
        "drawing": session.drawing,
    }


def failing_modules(error: BaseException, session: Session) -> list[dict[str, Any]]:
    """The modules that the error passed through, outermost first, with what they were given and how they are made."""
    names = session.module_names()
    found = []
    for module, args, kwargs, called in reversed(getattr(error, PASSED, [])):
        root = next((i for i, r in enumerate(session.roots) if any(m is module for m in r.modules())), None)
        site = session.place_of(module)
        found.append(
            {
                "path": names.get(id(module), ""),
                "root": root,
                "kind": type(module).__name__,
                "own": type(module).__module__.startswith("torch.nn"),
                "site": list(site) if site else None,
                "callers": [list(s) for s in session.callers.get(module, ())],
                "called": list(called) if called else None,
                "inputs": [tensor_facts(t) for t in [*tensors_in(args), *tensors_in(kwargs)]],
                "settings": {k: _setting(v) for k, v in vars(module).items() if not k.startswith("_") and _is_plain(v)},
                "parameters": {n: _form(p) for n, p in module.named_parameters(recurse=False)},
            }
        )
    if found and found[-1]["own"]:
        module, args, kwargs, _ = getattr(error, PASSED)[0]
        found[-1]["because"] = because(module.forward, args, kwargs, module)
    return found


def failing_call(
    error: BaseException, session: Session, modules: list[dict[str, Any]]
) -> tuple[dict[str, Any] | None, list[torch.Tensor]]:
    """The torch function whose call raised, and its tensors: as the function mode saw it, else read off the line."""
    seen = session.failed_call
    lines = {tuple(site_at(link)[:2]) for link in links(error)}
    if seen is not None and (seen[3] is None or tuple(seen[3][:2]) not in lines):
        seen = None  # an error that the program caught
    if seen is None and not (modules and modules[-1]["own"]):
        seen = call_on_the_line(error)
    if seen is None:
        return None, []
    name, args, kwargs, site = seen
    passed = getattr(error, PASSED, [])
    module = passed[0][0] if passed and modules[-1]["own"] else None
    path = module_paths(session).get(id(module)) if module is not None else None
    if module is not None and path is None and (made := session.place_of(module)):
        path = f"<{type(module).__name__} {made.path.rsplit('/', 1)[-1]}:{made.line}>"
    return {
        "name": name,
        "site": list(site) if site else None,
        "target": (Target(name, module=path) if path is not None else Target(name, site=site)).as_data(),
        "args": [_argument(a) for a in args[:8]],
        "kwargs": {k: _argument(v) for k, v in kwargs.items()},
        "because": because(function_named(name, args), args, kwargs) if name not in ("backward", "grad") else None,
    }, [*tensors_in(args), *tensors_in(kwargs)]


def chain_to(trail: Trail, start: list[torch.Tensor], session: Session) -> list[dict[str, Any]]:
    """The way of the first tensor, from where it entered the step: each call with its shapes."""
    step = next((s for t in start if (s := trail.maker(t)) is not None), None)
    steps: list[Step] = []
    while step is not None and len(steps) < 2000:
        steps.append(step)
        data = (p for t, p in zip(step.given, step.parents, strict=True) if not t["parameter"])
        step = next(data, None)
    steps = steps[: LONGEST_CHAIN - 10] + steps[LONGEST_CHAIN - 10 :][-10:]
    return [_plain(s, session) for s in reversed(steps)]


def recent_modules(session: Session) -> list[dict[str, Any]]:
    """Without the function mode: the last finished calls of leaf modules."""
    names = session.module_names()
    found = []
    for entry in session.recent:
        module = entry["module"]()
        if module is not None:
            site = session.place_of(module)
            found.append(
                {"name": type(module).__name__, "module": names.get(id(module), ""), "kind": type(module).__name__,
                 "site": list(site) if site else None, "given": [{"shape": entry["in"], "dtype": "", "parameter": False}],
                 "made": {"shape": entry["out"], "dtype": "", "parameter": False}}
            )  # fmt: skip
    return [f for f in found if _is_shape(f["given"][0]["shape"]) and _is_shape(f["made"]["shape"])]


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(n, int) for n in value)


def _plain(step: Step, session: Session) -> dict[str, Any]:
    names = session.module_names()
    module, inside = step.module(), step.inside()
    path = names.get(id(module), "") if module is not None else ""
    target = Target(step.name, module=path) if path else Target(step.name, site=step.site)
    return {
        "name": step.name, "site": list(step.site) if step.site else None, "module": path,
        "kind": type(module).__name__ if module is not None else "",
        "inside": names.get(id(inside), "") if inside is not None else None,
        "root": next((i for i, r in enumerate(session.roots) if path and any(m is module for m in r.modules())), None),
        "constructed": [list(s) for s in [session.places.get(module), *session.callers.get(module, ())] if s] if path else [],
        "given": step.given, "made": step.made, "constants": step.constants, "target": target.as_data(),
    }  # fmt: skip


def _cuts(trail: Trail, start: list[torch.Tensor], session: Session) -> list[dict[str, Any]]:
    """Where the graph of a tensor was cut: the nearest calls behind it that were given a gradient and kept none."""
    waiting = [s for t in start if (s := trail.maker(t)) is not None]
    seen: set[int] = set()
    found: list[Step] = []
    while waiting and len(seen) < MOST_STEPS:
        step = waiting.pop(0)
        if id(step) in seen:
            continue
        seen.add(id(step))
        if step.name.endswith("_like") or step.name in ("new_zeros", "new_ones", "new_empty", "new_full"):
            continue
        if step.wanted and not step.keeps:
            found.append(step)
        else:
            waiting.extend(p for p in step.parents if p is not None)
    if not found:  # it was made outside of torch, or there is nothing to follow
        found = trail.left[-1:]
    return [
        {**_plain(s, session), "graded": s.graded, "off": list(s.off) if s.off else None, "callers": [list(c) for c in s.callers]}
        for s in found[:10]
    ]


# -- what was at fault: the call again, on numbers of ours -----------------------------------------------------------------


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
    wide = dtype or next((t.dtype for t in tensors if t.is_floating_point() and isinstance(t, torch.nn.Parameter)), torch.float32)

    def works(cast: Callable[[int, torch.Tensor], torch.dtype]) -> bool:
        count = iter(range(1000))

        def fresh(value: Any) -> Any:
            if isinstance(value, torch.Tensor):
                zeros = torch.zeros(value.shape, dtype=cast(next(count), value), device=value.device)
                return zeros if value.is_contiguous() else zeros.as_strided(value.shape, value.stride()) if _fits(value) else zeros
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

    floats = lambda i, t: wide if t.is_floating_point() else t.dtype  # noqa: E731
    if works(lambda i, t: t.dtype):
        return "value"
    others = [
        floats,
        lambda i, t: wide,
        lambda i, t: torch.int64 if i == 1 else floats(i, t),
        lambda i, t: torch.int64 if i == 0 else floats(i, t),
        lambda i, t: torch.bool if i == 1 else floats(i, t),
    ]
    return "dtype" if any(works(cast) for cast in others) else "shape"


def _made_size(function: Callable[..., Any], args: Any, kwargs: Any) -> int:
    """How many numbers the call would make: asked of torch without computing."""

    def empty(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return torch.empty_like(value, device="meta", requires_grad=False)
        return type(value)(map(empty, value)) if type(value) in (list, tuple) else value

    try:
        return sum(t.numel() for t in tensors_in(function(*map(empty, args), **{k: empty(v) for k, v in kwargs.items()})))
    except Exception:
        return 0


def _fits(value: torch.Tensor) -> bool:
    return value.numel() > 0 and 1 + sum((n - 1) * s for n, s in zip(value.shape, value.stride(), strict=True)) <= value.numel()


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
                args = args if isinstance(owner, types.ModuleType) else (owner, *args)
                return node.func.attr, args, kwargs, site
            if isinstance(node.func, ast.Name):
                return node.func.id, args, kwargs, site
    except _Unknown:
        return None
    return None


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


# -- data ------------------------------------------------------------------------------------------------------------------


def failing_batch(error: BaseException) -> dict[str, Any] | None:
    """The items that would not become a batch: from the frames of `default_collate`, else by asking the data set again."""
    fetched, iterator = None, None
    collated: list[Any] | None = None
    for link in links(error):
        code, values = link.tb_frame.f_code, link.tb_frame.f_locals
        if code.co_filename.endswith("collate.py") and isinstance(values.get("batch"), (list, tuple)):
            collated = list(values["batch"])
        if code.co_filename.endswith("fetch.py"):
            fetched = values.get("data")
        if code.co_filename.endswith("dataloader.py") and hasattr(values.get("self"), "_dataset"):
            iterator = values["self"]
    if collated is None and iterator is not None and fetched is None and getattr(iterator, "_num_workers", 0):
        collated = _items_again(iterator._dataset)
    if not collated:
        return None
    shapes = [_shape(t) for item in collated[:512] for t in list(tensors_in(item))[:1]]
    return {"shapes": shapes} if len(shapes) == len(collated[:512]) else None


def _items_again(dataset: Any) -> list[Any] | None:
    """The first part whose shape differs from item to item: workers send the text of an error only."""
    try:
        items = [dataset[i] for i in range(min(len(dataset), 256))]
        parts = [list(tensors_in(item)) for item in items]
        for column in zip(*parts, strict=True):
            if len({t.shape for t in column}) > 1:
                return list(column)
    except Exception:
        return None
    return None


def _loaders(session: Session) -> list[dict[str, Any]]:
    iterators = {number: iterator for iterator, number in session._loader_of.items()}
    found = []
    for number, ref in enumerate(session.loaders):
        loader, iterator = ref(), iterators.get(number)
        dataset = getattr(loader, "dataset", getattr(iterator, "_dataset", None))  # `for x in DataLoader(…)` drops it
        while hasattr(dataset, "dataset") and type(dataset).__module__.startswith("torch."):
            dataset = dataset.dataset  # Subset
        site = session.places.get(loader) if loader is not None else None
        made = _place_of(session, dataset)
        found.append(
            {
                "site": list(site) if site else None,
                "dataset": {"kind": type(dataset).__name__, "site": list(made) if made else None},
                "item": _definition(getattr(type(dataset), "__getitem__", None)),
                "collate": _definition(getattr(loader, "collate_fn", getattr(iterator, "_collate_fn", None))),
            }
        )
    return found


def _place_of(session: Session, thing: Any) -> Site | None:
    try:
        return session.place_of(thing)
    except TypeError:
        return None


def _definition(function: Any) -> list[Any] | None:
    code = getattr(function, "__code__", None)
    return [code.co_filename, code.co_firstlineno] if code is not None and is_user_file(code.co_filename) else None


def _argument(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return tensor_facts(value)
    parts = list(tensors_in(value))
    return [tensor_facts(t) for t in parts[:16]] if parts else repr(value)[:80]


def _setting(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float, bool, str)) or isinstance(value, tuple) and all(isinstance(v, int) for v in value)


def _shape(tensor: torch.Tensor) -> list[int]:
    return [int(n) for n in tensor.shape]


def tensor_facts(tensor: torch.Tensor) -> dict[str, Any]:
    """Shape, type, range and whether gradients are wanted."""
    facts: dict[str, Any] = {
        "shape": _shape(tensor), "dtype": str(tensor.dtype)[6:], "requires_grad": tensor.requires_grad,
        "parameter": isinstance(tensor, torch.nn.Parameter), "contiguous": tensor.is_contiguous(),
    }  # fmt: skip
    try:
        data = tensor.detach()
        if data.numel() and data.numel() < 10**8 and not data.is_complex():
            facts["min"], facts["max"] = float(data.min()), float(data.max())
            if not data.is_floating_point() and data.numel() < 10**6:
                facts |= _whole_numbers(data)
    except Exception:
        facts["unreadable"] = True
    return facts


def _whole_numbers(data: torch.Tensor) -> dict[str, Any]:
    found: dict[str, Any] = {}
    values, counts = data.unique(return_counts=True)
    found["next"] = float(values[1]) if len(values) > 1 else None
    found["last_but_one"] = float(values[-2]) if len(values) > 1 else None
    if len(values) <= 50:
        found["classes"] = {str(int(v)): int(c) for v, c in zip(values, counts, strict=True)}
    row = data.reshape(-1, data.shape[-1])[0] if data.dim() else data.reshape(1)
    counting = len(row) > 1 and bool((row == torch.arange(len(row), device=row.device)).all())
    found["positions"] = counting and int(values[-1]) == len(row) - 1
    return found
