"""Facts read off the autograd graph of a loss: what stands between it and the model, which parameters it reaches.

Only names and shapes of nodes are used, never values; holding a node would hold its graph, so nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch

SHAPE_ONLY = (
    "View", "UnsafeView", "Squeeze", "Unsqueeze", "Transpose", "Permute", "T", "Clone", "ToCopy", "Slice", "Select",
    "Index", "Reshape", "Expand", "Alias", "Contiguous", "Narrow",
)  # fmt: skip
AVERAGES = ("Mean", "Stack", "Sum")
"""What makes one answer of several: the votes of heads or of members."""
HINGES = ("Relu", "Clamp", "ClampMin", "Softplus", "LogSigmoid", "LogSigmoidForward")
LOSSES = (
    "NllLoss", "NllLoss2D", "MseLoss", "BinaryCrossEntropy", "BinaryCrossEntropyWithLogits", "SmoothL1Loss",
    "HuberLoss", "SoftMarginLoss", "MultiMarginLoss", "MultilabelMarginLoss", "CtcLoss",
)  # fmt: skip


def kind(node: Any) -> str:
    """`NllLossBackward0` → `NllLoss`."""
    return str(node.name()).split("Backward")[0]


def parents(node: Any) -> list[Any]:
    """The nodes a node's gradient flows to."""
    return [parent for parent, _ in node.next_functions if parent is not None]


def walk(root: Any) -> Iterator[Any]:
    """Every node once, from the loss toward the parameters."""
    seen, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        waiting.extend(parents(node))


def reached_parameters(tensors: tuple[torch.Tensor, ...]) -> set[int]:
    """Identities of the leaves that will get a gradient."""
    return {id(leaf) for leaf in reached_leaves(tensors)}


def reached_leaves(tensors: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """The leaves that will get a gradient."""
    roots = [tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None]
    return [node.variable for root in roots for node in walk(root) if hasattr(node, "variable")]


def note_on(node: Any) -> tuple[str, Any, Any] | None:
    """Function, call site and torch module that made a node, if the function mode saw it made."""
    note = node.metadata.get("unstuck")
    return note if isinstance(note, tuple) else None


def before_loss(root: Any) -> list[dict[str, Any]]:
    """What each known loss is fed with: for each loss node, the chain of nodes up to the first that is not shape-only.

    For cross-entropy the chain begins above its own log-softmax: a softmax there is one too many.
    """
    chains = []
    for node in walk(root):
        if kind(node) not in LOSSES:
            continue
        chain: list[tuple[str, tuple[str, Any, Any] | None]] = []
        at = parents(node)[0] if parents(node) else None
        fused = kind(node) in ("NllLoss", "NllLoss2D")
        while at is not None:
            name = kind(at)
            if fused and name in (*SHAPE_ONLY, "LogSoftmax"):
                fused = name != "LogSoftmax"
                has_log_softmax = name == "LogSoftmax"
                if has_log_softmax:
                    chain.append(("own log-softmax", None))
            elif name in SHAPE_ONLY or (chain and name in AVERAGES):
                pass
            else:
                chain.append((name, note_on(at)))
                if name not in ("Softmax", "LogSoftmax", "Sigmoid", "Relu", "Tanh"):
                    break
            at = parents(at)[0] if parents(at) else None
            if len(chain) > 4:
                break
        chains.append({"loss": kind(node), "note": note_on(node), "chain": chain})
    return chains


class Sign(NamedTuple):
    """How something enters what is minimised."""

    value: int
    """−1 where a negation lies between."""
    node: Any
    """The node nearest to it that turns the sign or, where none does, that adds it to something; None: neither."""


def signs(root: Any) -> dict[str, Sign]:
    """The sign with which each known loss enters the tensor that is minimised."""
    return _signs_of(root, lambda node: kind(node) if kind(node) in LOSSES else None)


def signs_of_marked(root: Any, mark: str) -> dict[Any, Sign]:
    """The same of nodes that carry a mark in their metadata, by what the mark holds."""
    return _signs_of(root, lambda node: node.metadata.get(mark))


def _signs_of(root: Any, wanted: Callable[[Any], Any]) -> dict[Any, Sign]:
    found: dict[Any, Sign] = {}
    waiting, seen = [(root, 1, None, None)], set()
    while waiting:
        node, sign, turns, adds = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        name, key = kind(node), wanted(node)
        if key is not None:
            found[key] = Sign(sign, turns if sign < 0 else adds)
            continue
        adds = node if name in ("Add", "Sub", "Rsub") else adds
        for position, parent in enumerate(p for p, _ in node.next_functions):
            if parent is None:
                continue
            flips = name == "Neg" or (name == "Sub" and position == 1) or (name == "Rsub" and position == 0)
            flips = flips or _negative_factor(node, name)
            waiting.append((parent, -sign if flips else sign, node if flips else turns, adds))
    return found


def rivals(root: Any) -> list[Any]:
    """Differences of two things that are computed with parameters, under a hinge or a soft one: what is to be nearer than what.

    Found toward the parameters from each hinge, past the margin and factors.
    """
    found = []
    for node in walk(root):
        if kind(node) not in HINGES:
            continue
        at, depth = node, 0
        while depth < 4 and len(below := parents(at)) == 1 and kind(below[0]) in ("Add", "Mul", "Div", "Neg", "Rsub"):
            at, depth = below[0], depth + 1
        if len(below) == 1 and kind(below[0]) == "Sub" and len(parents(below[0])) == 2:
            found.append(below[0])
    return found


def _negative_factor(node: Any, name: str) -> bool:
    if name not in ("Mul", "Div"):
        return False
    try:
        other = node._saved_other
    except (AttributeError, RuntimeError):
        return False
    return isinstance(other, torch.Tensor) and other.numel() == 1 and float(other) < 0
