"""A layer made for a sum of sizes, of what is joined before it: the one term that is not what comes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from unstuck.facts import Place
from unstuck.faults.run import source
from unstuck.faults.run.joining import JOINING
from unstuck.faults.run.wishes import Layer
from unstuck.trace.crash import Crash
from unstuck.trace.provenance import constants


@dataclass(frozen=True, kw_only=True)
class Term:
    """One of the sizes that were added up."""

    written: int
    comes: int
    text: str
    place: Place
    """Where its number is written."""
    sum: Place
    """Where they are added up."""


def wrong_term(crash: Crash, found: Layer) -> Term | None:
    """`Head(embed + profile)` after `cat([64 wide, 16 wide])`, with an embed of 64 and a profile of 8: the profile."""
    sizes = _joined(crash, found)
    if found.part is None or len(sizes) < 2:
        return None
    at = source.written(found.part.place, found.part.callers, found.position, found.setting)
    terms = _terms(at[1]) if at is not None else []
    if at is None or len(terms) != len(sizes):
        return None
    wrong = []
    for term, comes in zip(terms, sizes, strict=True):
        known = dict(constants(at[0], term, found.part.callers))
        if len(known) != 1:
            return None
        ((written, place),) = known.items()
        if written != comes:
            wrong.append(Term(written=int(written), comes=comes, text=ast.unparse(term), place=place, sum=at[0]))
    return wrong[0] if len(wrong) == 1 else None


def _joined(crash: Crash, found: Layer) -> list[int]:
    """How wide each of the parts is that were joined to what the layer gets."""
    step = next((s for s in reversed(crash.chain) if s.made is not None and s.made.shape == found.got), None)
    if step is None or step.name not in JOINING or not found.has_rank(found.got):
        return []
    sizes = [t.shape[found.dim] for t in step.given if len(t.shape) == len(found.got)]
    return sizes if sum(sizes) == found.got[found.dim] else []


def _terms(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]
