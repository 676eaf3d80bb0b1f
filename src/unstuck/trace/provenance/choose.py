"""Which line of a slice a finding points at: one rule for each question that a fault asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from unstuck.facts import Place
from unstuck.trace.provenance.values import Step
from unstuck.trace.provenance.walk import Slice

Purpose = Literal["small", "unscaled", "pairing", "order", "values"]
"""`small`: which scaling makes the inputs hardly vary; `unscaled`: where they are made without one; `pairing`: where
inputs and labels part ways; `order`: what draws rows in stored order; `values`: where values are computed or read."""
MOST_RELATED = 4
Steps = tuple[Step, ...]


def best(
    slice_: Slice, purpose: Purpose, *, other: Slice | None = None, every_row: bool = False
) -> tuple[Place, tuple[Place, ...]]:
    """The line to point at and up to four others; a place without a path where the slice is empty.

    `other`: for `pairing`, the slice of the inputs beside that of the labels. `every_row`: for `values`, no row is spared.
    """
    if purpose == "pairing":
        ranked = list(_pairing(slice_, other or Slice()))
    elif purpose == "values":
        ranked = list(_values(slice_, every_row))
    else:
        ranked = list({"small": _small, "unscaled": _unscaled, "order": _order}[purpose](slice_))
    places = _by_line([*ranked, *_entrances(slice_), *slice_.way, *slice_.steps])
    if not places:
        return Place(path=""), ()
    return places[0], tuple(places[1 : 1 + MOST_RELATED])


def _by_line(steps: Iterable[Step]) -> list[Place]:
    """Places, each line once."""
    found: dict[tuple[str, int], Place] = {}
    for step in steps:
        found.setdefault((step.place.path, step.place.line), step.place)
    return list(found.values())


def _entrances(slice_: Slice) -> Iterator[Step]:
    """Where the data set and the loader are built."""
    yield from (s for s in slice_.way if "dataset" in s.tags)
    yield from (s for s in slice_.way if "loader" in s.tags)


# -- scale -----------------------------------------------------------------------------------------------------------------


def _small(slice_: Slice) -> Iterator[Step]:
    """The scalings, nearest to the use first; without any, what makes the values."""
    scales = [s for s in _of_kind(slice_.way, "scales") if not s.tags & {"lost", "forgotten"}]
    trunk = [s for s in scales if "branch" not in s.tags]
    if len(_by_line(s for s in trunk if "constant" not in s.tags)) == 1:
        yield from _tagged(trunk, "constant")  # scaled once: then its number is wrong
    yield from trunk
    yield from scales
    yield from _unscaled(slice_)


def _unscaled(slice_: Slice) -> Iterator[Step]:
    """A scaling that is there and did not do it; else what makes floats of the inputs, or tensors, or reads them."""
    way = slice_.way
    yield from _tagged(way, "lost")
    yield from _tagged(way, "forgotten")
    trunk = [s for s in _of_kind(way, "scales") if not s.tags & {"branch", "constant", "forgotten"}]
    yield from _tagged(trunk, "statistic")
    if any(s.kind == "reads" for s in way):
        yield from [s for s in _before(way, lambda s: s.kind == "reads") if s in trunk]
    if _tagged(way, "floats"):
        yield from [s for s in _before(way, lambda s: "floats" in s.tags) if s in trunk]
    yield from _tagged(way, "floats")
    yield from _tagged(way, "wraps")
    yield from _of_kind(way, "converts")
    yield from _of_kind(way, "reads")
    yield from _of_kind(way, "selects")


# -- values ----------------------------------------------------------------------------------------------------------------


def _values(slice_: Slice, every_row: bool) -> Iterator[Step]:
    """What can turn numbers into NaN; else the file that held them. A spread of zero spoils every row, a log single ones."""
    way = slice_.way
    risky = _tagged(way, "risky")
    of_columns = [s for s in risky if "statistic" in s.tags]
    reads = _tagged(way, "file")
    if every_row and not reads:
        yield from of_columns
    for step in risky:
        if step not in of_columns:
            yield step
            yield from _picks(slice_, step)
    yield from reads
    yield from of_columns
    yield from (
        s for s in reversed(way) if s.kind in ("other", "converts", "selects") and not s.tags & {"enters", "dataset"}
    )


def _picks(slice_: Slice, step: Step) -> Iterator[Step]:
    """What picks the rows that an operation is given."""
    beside = [s for s in slice_.steps if s.side == "order" and s.depth > step.depth and s.place.path == step.place.path]
    yield from (s for s in beside if 0 <= step.place.line - s.place.line <= 3)


# -- order -----------------------------------------------------------------------------------------------------------------


def _order(slice_: Slice) -> Iterator[Step]:
    """A switch that is off; what draws the rows in the loop or in a data set that streams; else the sampler, the loader."""
    order = [s for s in slice_.steps if s.side == "order" and not s.tags & {"switch", "turn"}]
    drawn = [
        s for s in order if (s.kind == "draws" or "sorts" in s.tags) and not s.tags & {"random", "sampler", "loop"}
    ]
    loaders, streams = _tagged(slice_.way, "loader"), _tagged(slice_.way, "streams")
    yield from _tagged(slice_.steps, "switch")
    if not loaders or streams:
        yield from _tagged(slice_.steps, "turn")
        yield from drawn
        yield from (s for s in _tagged(slice_.steps, "loop") if not streams or s.depth > streams[0].depth)
    yield from _tagged(order, "sampler")
    yield from loaders
    yield from drawn
    yield from _of_kind(order, "selects")
    yield from _tagged(slice_.way, "rows")
    yield from _tagged(slice_.way, "file")


# -- pairing ---------------------------------------------------------------------------------------------------------------


def _pairing(labels: Slice, inputs: Slice) -> Iterator[Step]:
    """Rows of the one that are picked otherwise than those of the other; else where the labels alone come from."""
    ours, theirs = _unmatched(labels, inputs), _unmatched(inputs, labels)
    shared = {s.place for s in inputs.way}
    alone = [s for s in labels.way if (s.place.path, s.place.line) not in inputs.lines]
    calls = [s for s in labels.way if s in alone or s.place not in shared]  # x, y = read(one), read(other)
    alone = [s for s in alone if "rows" not in s.tags or s in ours]
    if theirs and (not ours or _is_later(theirs[0], ours[0])):
        yield from _beside(theirs[0], alone)
    yield from ours
    yield from theirs
    yield from (s for s in alone if s.kind == "reads")
    if _tagged(labels.way, "file"):
        yield from reversed(_tagged(calls, "enters"))  # one function reads both: the call that reads the labels
    yield from (s for s in alone if s.kind == "selects")
    yield from (s for s in alone if s.kind == "converts")
    yield from _tagged(labels.way, "joins")
    yield from _tagged(labels.way, "file")
    yield from (s for s in inputs.way if s.kind == "reads" and (s.place.path, s.place.line) not in labels.lines)


def _unmatched(one: Slice, other: Slice) -> list[Step]:
    """Steps of one that pick rows or put them in order, and have no equal on the other's way."""
    keys = {s.key for s in other.way if "rows" in s.tags}
    return [s for s in one.way if "rows" in s.tags and s.key not in keys]


def _is_later(step: Step, than: Step) -> bool:
    """Whether a step is taken after another, as far as their lines tell."""
    return step.place.path == than.place.path and step.place.line > than.place.line


def _beside(step: Step, alone: list[Step]) -> Iterator[Step]:
    """The labels' own line next to one where the inputs alone are put in order: it should have done the same."""
    near = [s for s in alone if s.place.path == step.place.path and s.kind in ("selects", "converts", "reads")]
    near.sort(key=lambda s: abs(s.place.line - step.place.line))
    yield from near[:1]


# -- helpers ---------------------------------------------------------------------------------------------------------------


def _of_kind(steps: Iterable[Step], kind: str) -> list[Step]:
    return [s for s in steps if s.kind == kind]


def _tagged(steps: Iterable[Step], tag: str) -> list[Step]:
    return [s for s in steps if tag in s.tags]


def _before(steps: Steps, ends: Callable[[Step], bool]) -> Steps:
    """The steps nearer than the first that ends it."""
    for position, step in enumerate(steps):
        if ends(step):
            return steps[:position]
    return steps
