"""The two curves of a proof, drawn small: one row each, one scale for all, the first and the last number beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from unstuck.report.characters import cells
from unstuck.report.layout import clip
from unstuck.report.numbers import number

BLOCKS = "▁▂▃▄▅▆▇█"
BROKEN = "×"
"""Drawn where a curve is not a number any more."""
WIDEST = 24
EXPLOSION = 100
"""A curve that climbs so far above every start would flatten all others: then the scale is logarithmic, and says so."""
IN_WORDS = {"control": "as it is", "treated": "with the change", "sham": "nothing changed", "twin": "as it is, again"}


def sparklines(curves: Mapping[str, Sequence[float]], width: int) -> list[str]:
    """One row a curve: label, first number, drawing, last number."""
    curves = {IN_WORDS.get(name, name): curve for name, curve in curves.items() if len(curve)}
    if not curves:
        return []
    labels = _aligned([clip(" ".join(name.split()), 24) for name in curves])
    firsts = _aligned([number(curve[0]) for curve in curves.values()], right=True)
    lasts = _aligned([number(curve[-1]) for curve in curves.values()])
    logarithmic = on_log_scale(list(curves.values()))
    scale = "  (log scale)" if logarithmic else ""
    room = width - cells(labels[0]) - cells(firsts[0]) - cells(lasts[0]) - 4 - len(scale)
    if room < 4:
        return [f"{label}  {first} to {last}" for label, first, last in zip(labels, firsts, lasts, strict=True)]
    drawn = [in_decades(curve) if logarithmic else curve for curve in curves.values()]
    drawings = _aligned(draw(drawn, min(room, WIDEST)))
    rows = zip(labels, firsts, drawings, lasts, strict=True)
    return [f"{label}  {first} {drawing} {last}{scale}" for label, first, drawing, last in rows]


def draw(curves: Sequence[Sequence[float]], columns: int) -> list[str]:
    """The curves as blocks on one scale and one time axis: a curve that ended early is shorter."""
    longest = max(map(len, curves))
    binned = [_bins(curve, longest, min(columns, longest)) for curve in curves]
    finite = [value for curve in binned for value in curve if math.isfinite(value)]
    if not finite:
        return [BROKEN * len(curve) for curve in binned]
    low, high = min(finite), max(finite)
    return ["".join(_block(value, low, high) for value in curve) for curve in binned]


def on_log_scale(curves: Sequence[Sequence[float]]) -> bool:
    """Whether one curve explodes, so that only orders of magnitude tell the curves apart."""
    finite = [value for curve in curves for value in curve if math.isfinite(value)]
    starts = [curve[0] for curve in curves if curve and math.isfinite(curve[0])]
    return bool(starts) and min(finite) > 0 and max(finite) / EXPLOSION > max(starts)


def in_decades(curve: Sequence[float]) -> list[float]:
    """The logarithm of a curve; what is not a number stays so."""
    return [math.log10(value) if math.isfinite(value) else value for value in curve]


def _bins(curve: Sequence[float], longest: int, columns: int) -> list[float]:
    """The means of equal stretches of time; a stretch with one broken value is broken."""
    edges = [round(i * longest / columns) for i in range(columns + 1)]
    stretches = (curve[start:end] for start, end in pairwise(edges))
    return [sum(value / len(stretch) for value in stretch) for stretch in stretches if len(stretch)]


def _block(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return BROKEN
    span = high / 2 - low / 2
    height = (value / 2 - low / 2) / span if span > 0 else 0.5
    return BLOCKS[min(int(height * len(BLOCKS)), len(BLOCKS) - 1)]


def _aligned(texts: Sequence[str], *, right: bool = False) -> list[str]:
    widest = max(map(cells, texts))
    padding = [" " * (widest - cells(text)) for text in texts]
    return [pad + text if right else text + pad for text, pad in zip(texts, padding, strict=True)]
