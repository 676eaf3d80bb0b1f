"""What was going on when the program stopped: the modules the error passed through, the call that failed."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.observe.session import Session, shape_of


def failing_modules(session: Session) -> list[dict[str, Any]]:
    """The modules on the stack when an exception passed through, outermost first, with what they were given."""
    names = session.module_names()
    described = []
    for module, args in session.failed_in:
        site = session.places.get(module)
        described.append(
            {
                "path": names.get(id(module), ""),
                "kind": type(module).__name__,
                "site": list(site) if site else None,
                "inputs": [tensor_facts(a) for a in args if isinstance(a, torch.Tensor)],
                "settings": {
                    k: (list(v) if isinstance(v, tuple) else v)
                    for k, v in vars(module).items()
                    if isinstance(v, (int, float, bool, tuple, str)) and not k.startswith("_")
                },
                "parameters": {n: {"shape": list(p.shape), "dtype": str(p.dtype)} for n, p in module.named_parameters(recurse=False)},
            }
        )
    for entry in session.recent:
        module = entry["module"]() if callable(entry["module"]) else None
        if module is not None:
            entry["kind"] = type(module).__name__
            entry["module"] = names.get(id(module), "")
    return described


def failing_call(error: BaseException, session: Session) -> dict[str, Any] | None:
    """The torch function whose call raised, if the function mode saw it."""
    call = getattr(session, "failed_call", None)
    if call is None:
        return None
    name, args, kwargs, site = call
    return {
        "name": name,
        "site": list(site) if site else None,
        "args": [tensor_facts(a) if isinstance(a, torch.Tensor) else repr(a)[:80] for a in args[:6]],
        "kwargs": {k: tensor_facts(v) if isinstance(v, torch.Tensor) else repr(v)[:80] for k, v in kwargs.items()},
    }


def tensor_facts(tensor: torch.Tensor) -> dict[str, Any]:
    """Shape, type, range and whether gradients are wanted."""
    facts: dict[str, Any] = {"shape": shape_of(tensor), "dtype": str(tensor.dtype), "requires_grad": tensor.requires_grad}
    try:
        data = tensor.detach()
        if data.numel() and data.numel() < 10**8 and not data.is_complex():
            facts["min"], facts["max"] = float(data.min()), float(data.max())
            if not data.is_floating_point() and data.numel() < 10**6:
                values, counts = data.unique(return_counts=True)
                if len(values) <= 50:
                    facts["classes"] = {str(int(v)): int(c) for v, c in zip(values, counts, strict=True)}
    except Exception:
        facts["unreadable"] = True
    return facts
