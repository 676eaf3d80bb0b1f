"""What was going on when the program stopped: the modules the error passed through, the call that failed, the way there.

Nothing here reads the words of an error: they change between releases.
"""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.anchors.modules import PASSED
from unstuck.observe.calls import Target, module_paths
from unstuck.observe.replay import because, call_on_the_line, function_named
from unstuck.observe.session import Session
from unstuck.observe.tracebacks import is_user_link, links, site_at
from unstuck.observe.trail import Trail, chain_to, cuts_behind, form, loader_facts, plain, tensors_in


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
        "chain": (chain_to(trail, start, session) if trail else []) or recent_modules(session),
        "sources": [plain(step, session) if (step := trail.maker(t)) else None for t in start] if trail else [],
        "cuts": cuts_behind(trail, start, session) if trail else [],
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
    found: list[dict[str, Any]] = []
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
                "parameters": {n: form(p) for n, p in module.named_parameters(recurse=False)},
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


def recent_modules(session: Session) -> list[dict[str, Any]]:
    """Without the function mode: the last finished calls of leaf modules."""
    names = session.module_names()
    found: list[dict[str, Any]] = []
    for entry in session.recent:
        module = entry["module"]()
        if module is not None:
            site = session.place_of(module)
            found.append(
                {
                    "name": type(module).__name__,
                    "module": names.get(id(module), ""),
                    "kind": type(module).__name__,
                    "constructed": [list(site)] if site else [],
                    "given": [{"shape": entry["in"], "dtype": "", "parameter": False}],
                    "made": {"shape": entry["out"], "dtype": "", "parameter": False},
                }
            )
    return [f for f in found if _is_shape(f["given"][0]["shape"]) and _is_shape(f["made"]["shape"])]


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(n, int) for n in value)


def failing_batch(error: BaseException) -> dict[str, Any] | None:
    """The items that would not become a batch: from the frames of `default_collate`, else by asking the data set again."""
    fetched, iterator = None, None
    collated: list[Any] | None = None
    for link in links(error):
        code, values = link.tb_frame.f_code, link.tb_frame.f_locals
        if is_user_link(link):
            continue
        if code.co_filename.endswith("collate.py") and isinstance(values.get("batch"), (list, tuple)):
            collated = list(values["batch"])
        if code.co_filename.endswith("fetch.py"):
            fetched = values.get("data")
        if code.co_filename.endswith("dataloader.py") and hasattr(values.get("self"), "_dataset"):
            iterator = values["self"]
    if collated is None and iterator is not None and fetched is None and getattr(iterator, "_num_workers", None):
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
    known = session.trail.loaders if session.trail else {}
    return [known.get(number) or loader_facts(session, ref()) for number, ref in enumerate(session.loaders)]


def _argument(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return tensor_facts(value)
    parts = list(tensors_in(value))
    return [tensor_facts(t) for t in parts[:16]] if parts else repr(value)[:80]


def _setting(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float, bool, str)) or (
        isinstance(value, tuple) and all(isinstance(v, int) for v in value)
    )


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
    values, counts = torch.unique(data, return_counts=True)
    found["next"] = float(values[1]) if len(values) > 1 else None
    found["last_but_one"] = float(values[-2]) if len(values) > 1 else None
    if len(values) <= 50:
        found["classes"] = {str(int(v)): int(c) for v, c in zip(values, counts, strict=True)}
    row = data.reshape(-1, data.shape[-1])[0] if data.dim() else data.reshape(1)
    counting = len(row) > 1 and bool((row == torch.arange(len(row), device=row.device)).all())
    found["positions"] = counting and int(values[-1]) == len(row) - 1
    return found
