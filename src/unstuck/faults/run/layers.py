"""A layer that cannot take the shape it is given: each change after which it could, then the bare fact."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unstuck.facts import Fix, Measure, Place, Suspicion
from unstuck.faults.run import source
from unstuck.faults.run.fitting import diff_of, repairs
from unstuck.faults.run.sums import wrong_term
from unstuck.faults.run.wishes import RECURRENT, Layer, layer_of
from unstuck.faults.run.words import plural, shown, way
from unstuck.trace.crash import Crash, Shape


def layer(crash: Crash) -> Iterator[Suspicion]:
    """The input does not fit the layer: every change after which it would, then the bare fact."""
    found = layer_of(crash)
    if found is None:
        return
    if found.takes(found.got):
        yield from _other_wishes(crash, found)
        return
    if found.kind.startswith("BatchNorm") and not found.has_rank(found.got) and 1 < len(found.got) < 6:
        yield from _other_norm(crash, found)
        return
    got = shown(found.got)
    claim = f"{found.name} wants {found.wish} and gets {_gets(found)}"
    saw = (
        *way(crash),
        Measure(name=f"input of {found.name}", value=got, expected=f"{found.wanted}, from {found.setting}"),
    )
    made = found.part.place if found.part is not None else None
    related = tuple(p for p in (_maker_line(crash), made) if p is not None and p.path and p.line != crash.line.line)
    base = Suspicion(
        fault="shape-mismatch", claim=claim, place=_named(crash.line, found), saw=saw, related=related, oddness=1.0
    )
    term = wrong_term(crash, found)
    if term is not None:
        claim = f"{claim}: `{term.text}` is {term.written}, and what is joined for it is {term.comes} wide"
        of_term = _named(term.place, found)
        base = replace(base, claim=claim, place=of_term, related=(term.sum, crash.line, *related))
    for repair in repairs(crash, found):
        elsewhere = repair.place is not None and not (term is not None and repair.change.name == "resize_layer")
        place = _named(repair.place, found) if repair.place is not None and elsewhere else base.place
        place = replace(place, object=repair.object) if repair.object is not None else place
        yield replace(
            base,
            claim=f"{claim}: {repair.why}",
            place=place,
            related=tuple(p for p in (base.place, *related) if (p.path, p.line) != (place.path, place.line)),
            change=repair.change,
            fix=Fix(title=repair.title, diff=repair.diff or diff_of(crash, found, repair), applies="probably"),
            oddness=repair.oddness,
        )
    fix = Fix(title=f"make `{term.text}` {term.comes}" if term is not None else _by_hand(found))
    yield replace(base, read_off=f"the input of {found.name} is {got}", fix=fix)


def _other_norm(crash: Crash, found: Layer) -> Iterator[Suspicion]:
    """A batch norm for images where vectors come, or the reverse."""
    rank = len(found.got)
    right = f"BatchNorm{max(1, rank - 2)}d"
    place = found.part.place if found.part is not None and found.part.place.line else crash.line
    call = source.call_at(place, found.kind)
    diff = source.diff(place, call.func, ast.unparse(call.func).replace(found.kind, right)) if call is not None else ""
    yield Suspicion(
        fault="shape-mismatch",
        claim=f"{found.name} gets {shown(found.got)}, {plural(rank, 'dimension')} in place of {found.ranks[0]}",
        place=_named(place, found),
        saw=way(crash),
        related=(crash.line,),
        read_off=f"the input of {found.name} is {shown(found.got)}",
        fix=Fix(title=f"{right} is the one for {plural(rank, 'dimension')}", diff=diff, applies="probably"),
        oddness=2.0,
    )


def _gets(found: Layer) -> str:
    if not found.has_rank(found.got) and found.ranks:
        return f"{shown(found.got)}, {plural(len(found.got), 'dimension')} in place of {found.ranks[0]}"
    if len(found.got) < 2:
        return f"one row of {shown(found.got)}"
    return shown(found.got) if len(found.got) > 2 else str(found.got[found.dim])


def _by_hand(found: Layer) -> str:
    return f"give {found.name} an input of {found.wanted}, or make it with {found.setting}={found.got[found.dim] if found.has_rank(found.got) else '…'}"


def _named(place: Place, found: Layer) -> Place:
    return replace(place, object=found.part.path if found.part is not None else "")


def _maker_line(crash: Crash) -> Place | None:
    """The line that made what the layer got, where it is another one."""
    last = crash.chain[-1].place if crash.chain else None
    return last if last is not None and last.line and last.line != crash.line.line else None


# -- wishes other than the size -------------------------------------------------------------------------------------------


def _other_wishes(crash: Crash, found: Layer) -> Iterator[Suspicion]:
    """The size is right: a kernel larger than its input, a hidden state of another batch."""
    part = crash.part
    if part is None:
        return
    kernel = part.settings.get("kernel_size")
    if part.kind.startswith("Conv") and isinstance(kernel, list):
        space = found.got[found.dim + 1 :]
        yield Suspicion(
            fault="shape-mismatch",
            claim=f"the kernel of {part.name} is {shown(kernel)}, larger than its input of {shown(space)}",
            place=_named(crash.line, found), saw=way(crash), related=(part.place,),
            read_off=f"{part.name} gets {shown(found.got)}",
            fix=Fix(title="less pooling or striding before it, padding, a smaller kernel or larger images"),
        )  # fmt: skip
    states = [t.shape for t in part.inputs[1:]]
    if part.kind in RECURRENT and states and len(found.got) == 3:
        batch = found.got[0 if part.settings.get("batch_first") else 1]
        layers = part.settings.get("num_layers", 1) * (2 if part.settings.get("bidirectional") else 1)
        wants = (layers, batch, part.settings.get("hidden_size", 0))
        wrong = next((s for s in states if s != wants), None)
        if wrong is not None:
            yield Suspicion(
                fault="shape-mismatch",
                claim=f"the hidden state of {part.name} is {shown(wrong)}, its input of {shown(found.got)} wants {shown(wants)}"
                + _last_batch(wrong, batch),
                place=_named(crash.line, found),
                saw=(Measure(name="hidden state", value=shown(wrong), expected=f"{shown(wants)}: layers × batch × hidden_size"),),
                read_off=f"{shown(wrong)} is not {shown(wants)}",
                fix=Fix(title=f"make the state from the batch at hand: x.size({0 if part.settings.get('batch_first') else 1}), or drop_last=True"),
            )  # fmt: skip


def _last_batch(state: Shape, batch: int) -> str:
    return f": it was made for {state[1]} rows, this batch has {batch}" if len(state) == 3 and state[1] != batch else ""
