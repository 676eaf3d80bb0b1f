"""From curves to verdicts: pure functions of numbers. What "most" and "material" mean is said here once, for all faults.

Levels are means over the last part of a run; comparisons are paired (same batches, same random state). Everything is
measured against two ends: the *base*, what something that knows less reaches (a constant), and the *best* that any
universe reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isfinite, log, sqrt

from unstuck.facts import SingleBatch, SingleBatchVerdict

GREAT = 0.35
"""One change alone is worth this share of all there is to learn: a cure, whatever floor the loss has."""
LEAST = 0.03
"""… unless that is next to nothing beside the loss that stays: there is nothing to learn."""
MOST = 0.5
"""Or it takes away this share of the loss that is left (DESIGN, proof 0) …"""
MATERIAL = 0.15
"""… and that is worth this share of all there is to learn."""
NEARLY_ALL, NOTABLE = 0.8, 0.05
"""Or nearly all of the loss that is left goes, and that can still be told from nothing."""
CONTRADICTION_LEFT, CONTRADICTION_RANGE = 0.10, 0.02
"""What a change must gain where a fact already contradicts the intent: this share of what is left, or `MATERIAL` of the range."""
FAR_APART = 2.5
"""Standard errors between the rows of a stretch and the rest: the longest of a hundred stretches is looked for."""
SHORT = 0.15
"""Of all rows; a shorter stretch could lie in more places, and must stand out twice as far."""
LEARNT = 0.4
"""A program that reached this share of what any universe reached has no fault of its learning rate."""


@dataclass(frozen=True)
class Scale:
    """The two ends on which effects are measured."""

    base: float
    best: float
    bottom: float
    """The least the loss can be: 0 for losses that are never negative, else the best that was seen."""

    @property
    def range(self) -> float:
        """All there is to learn."""
        return self.base - self.best

    def capped(self, level: float) -> float:
        """A run that explodes has learnt nothing: no worse than the base counts."""
        return min(level, self.base) if isfinite(self.base) else level

    def learnt(self, level: float) -> float:
        """Share of what there is to learn that a level has reached."""
        return (self.base - self.capped(level)) / self.range if self.range > 0 else 0.0


@dataclass(frozen=True)
class Effect:
    """One paired comparison."""

    control: float
    treated: float
    of_left: float
    of_range: float
    interval: tuple[float, float] | None
    ratio: tuple[float, float] | None = None
    """The same of the logarithms, where losses are positive: batches that differ by factors hide no effect in it."""

    @property
    def clear(self) -> bool:
        """Beyond the noise of the pairs, in what is lost or in the ratio of it; short curves have no noise to tell."""
        known = [interval for interval in (self.interval, self.ratio) if interval is not None]
        return not known or any(high < 0 for _, high in known)

    @property
    def cures(self) -> bool:
        """Takes away most of what is left or of what there is to learn, beyond the noise of the pairs."""
        return self.large and self.clear

    @property
    def large(self) -> bool:
        """Most of what is left or of what there is to learn."""
        return (
            (self.of_range >= GREAT and self.of_left >= LEAST)
            or (self.of_left >= MOST and self.of_range >= MATERIAL)
            or (self.of_left >= NEARLY_ALL and self.of_range >= NOTABLE)
        )

    @property
    def gains(self) -> bool:
        """Does materially better: enough where a fact already contradicts the intent."""
        a_share = self.of_left >= CONTRADICTION_LEFT and self.of_range >= CONTRADICTION_RANGE
        return (a_share or (self.of_range >= MATERIAL and self.of_left >= LEAST)) and self.clear


def pooled(effects: Sequence[Effect]) -> Effect:
    """One effect from those of several seeds: as large as their mean, and clear only if each of them is.

    The numbers shown are the first seed's.
    """
    weakest = next((e for e in effects if not e.clear), effects[0])
    return replace(
        effects[0],
        of_left=sum(e.of_left for e in effects) / len(effects),
        of_range=sum(e.of_range for e in effects) / len(effects),
        interval=weakest.interval,
        ratio=weakest.ratio,
    )


def tail(values: Sequence[float], share: float = 0.2, least: int = 4) -> list[float]:
    """The last part of a curve."""
    return list(values[-max(least, int(len(values) * share)) :])


def level(values: Sequence[float], share: float = 0.2) -> float:
    """Mean of the last part; infinite where it is not finite."""
    last = tail(values, share)
    if not last or not all(isfinite(v) for v in last):
        return inf
    return sum(last) / len(last)


def compare(control: Sequence[float], treated: Sequence[float], scale: Scale, *, share: float = 0.2) -> Effect:
    """The effect of a change on the last part of two paired curves (all of it, for losses of held-out rows).

    Each step counts no worse than the base: one that explodes would hide all the others in the noise it makes.
    """
    n = min(len(control), len(treated))
    before, after = level(control[:n], share), level(treated[:n], share)
    capped_pair = [[scale.capped(v) for v in curve[:n]] for curve in (control, treated)]
    positive = all(v > 0 for curve in capped_pair for v in curve)
    logs = [[log(v) for v in curve] for curve in capped_pair] if positive else None
    capped = scale.capped(before)
    gain = capped - scale.capped(after)
    left = capped - scale.bottom
    return Effect(
        control=before,
        treated=after,
        of_left=gain / left if isfinite(gain) and left > 0 else 0.0,
        of_range=gain / scale.range if isfinite(gain) and scale.range > 0 else 0.0,
        interval=paired_interval(*capped_pair, share=share),
        ratio=paired_interval(*logs, share=share) if logs else None,
    )


def paired_interval(
    control: Sequence[float], treated: Sequence[float], *, share: float = 0.2
) -> tuple[float, float] | None:
    """A 95 % interval of the paired difference (treated − control) over the last part, from means of blocks.

    Neighbouring steps are not independent; the means of five blocks nearly are (batch means; Student's t, 4 degrees).
    """
    differences = [b - a for a, b in zip(tail(control, share), tail(treated, share), strict=False)]
    if len(differences) < 5 or not all(abs(d) < 1e100 for d in differences):
        return None
    size = len(differences) // 5
    blocks = [sum(differences[i * size : (i + 1) * size]) / size for i in range(5)]
    mean = sum(blocks) / 5
    deviation = sqrt(sum((b - mean) ** 2 for b in blocks) / 4)
    half = 2.776 * deviation / sqrt(5)
    return (mean - half, mean + half)


@dataclass(frozen=True)
class Stretch:
    """Rows in a row whose labels say no more about them than their neighbours' labels do."""

    first: int
    last: int
    inside: float
    """Share of a row's loss that having its own label, not a neighbour's, takes away: inside, and outside."""
    outside: float
    share: float
    """Of all rows."""


def unrelated_stretch(rows: Sequence[tuple[int, float, float]], least: float = 0.12) -> Stretch | None:
    """The stretch of stored rows whose labels are unrelated to them while those of the rest are related.

    `rows`: place in the stored data, loss, loss with a neighbour's label. Rows are put into bins by place; a label is
    worth `1 − loss / loss with a neighbour's`. Found is the longest run of bins in which labels are worth less than a
    quarter of what they are worth outside of it. Rows whose neighbours have the very same label (sorted data) tell nothing.
    """
    rows = sorted(row for row in rows if row[0] >= 0 and isfinite(row[1]) and isfinite(row[2]) and row[1] != row[2])
    count = min(16, len(rows) // 12)
    if count < 5:
        return None
    bins = [rows[i * len(rows) // count : (i + 1) * len(rows) // count] for i in range(count)]
    best: Stretch | None = None
    for start in range(count):
        for end in range(start + 1, count + 1):
            inside = [row for part in bins[start:end] for row in part]
            outside = [row for part in (*bins[:start], *bins[end:]) for row in part]
            share = len(inside) / len(rows)
            if not least <= share <= 0.8 or not outside:
                continue
            far = FAR_APART if share >= SHORT else 2 * FAR_APART
            a, b = _worth(inside), _worth(outside)
            every = all(_worth(part) < 0.5 * b for part in bins[start:end])
            clear = b > 0.25 and a < 0.25 * b and every and _apart(inside, outside) > far
            if clear and (best is None or share > best.share):
                best = Stretch(inside[0][0], inside[-1][0], a, b, share)
    return best


def _apart(inside: Sequence[tuple[int, float, float]], outside: Sequence[tuple[int, float, float]]) -> float:
    """Standard errors between two groups of rows in what their own label is worth: by size and by sign, the lesser.

    By sign, because a few rows with huge losses, of a rare class say, must decide nothing (ties count half); by size,
    because many rows with tiny differences must not either.
    """
    signs = [[1.0 if own < other else 0.5 if own == other else 0.0 for _, own, other in g] for g in (inside, outside)]
    sizes = [[other - own for _, own, other in g] for g in (inside, outside)]
    return min(_welch(*signs), _welch(*sizes))


def _welch(less: Sequence[float], more: Sequence[float]) -> float:
    """Welch's t of two samples."""
    means = [sum(g) / len(g) for g in (less, more)]
    errors = sum(
        sum((v - mean) ** 2 for v in g) / max(1, len(g) - 1) / len(g)
        for g, mean in zip((less, more), means, strict=True)
    )
    difference = means[1] - means[0]
    return difference / sqrt(errors) if errors > 0 else (inf if difference > 0 else 0.0)


def _worth(rows: Sequence[tuple[int, float, float]]) -> float:
    other = sum(row[2] for row in rows)
    return 1.0 - sum(row[1] for row in rows) / other if other > 0 else 0.0


def single_batch(values: Sequence[float], *, floor: float = 0.0) -> SingleBatch:
    """The verdict on one batch shown again and again (SYSTEM B0.1); never `plateaus` for what is still falling."""
    if len(values) < 8:
        return SingleBatch()
    first, last = values[0], level(values)
    return SingleBatch(verdict=_verdict(values, first, last, floor), first=first, last=last, steps=len(values))


def _verdict(values: Sequence[float], first: float, last: float, floor: float) -> SingleBatchVerdict:
    if not all(isfinite(v) for v in values) or last > 10 * abs(first) + 1e-12:
        return "explodes"
    if first < floor and last - first > 0.2 * abs(first):
        return "goes up"  # a loss that may be negative: below the floor is not yet memorised
    if last - floor <= 0.1 * max(first - floor, 1e-12) or last - floor <= 0.02:
        return "memorised"
    if last > 1.2 * abs(first):
        return "goes up"
    half = [v for v in values[len(values) // 2 :] if v > 0]
    moves = [abs(b - a) / max(a, 1e-12) for a, b in pairwise(half)]
    trend = _relative_fall(values)
    if moves and sum(moves) / len(moves) > 0.05 and trend < 0.3:
        return "oscillates"
    return "still falling" if trend > 0.05 else "plateaus"


def _relative_fall(values: Sequence[float]) -> float:
    """By how much the second half fell, relative to its start."""
    half = values[len(values) // 2 :]
    part = max(1, len(half) // 5)
    start, end = sum(half[:part]) / part, sum(half[-part:]) / part
    return (start - end) / abs(start) if start else 0.0
