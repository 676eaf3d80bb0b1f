"""One root cause, as the user reads it: headline, place, their lines, then saw, proof, not, fix, again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unstuck.facts import Finding, Fix, Measure, Note, Place, Proof, Trial
from unstuck.report.characters import cells
from unstuck.report.layout import (
    ALARM,
    DOUBT,
    LEFT,
    NO_BREAK,
    QUIET,
    Line,
    clip,
    clip_left,
    headed,
    labelled,
    line,
    listing,
    wrap,
)
from unstuck.report.numbers import more, number, quantity
from unstuck.report.sparkline import sparklines

Detail = Literal["full", "short", "headline"]
SURE = {"exactly": "exactly this", "probably": "probably this", "by-hand": "to be done by hand"}


def finding_lines(
    finding: Finding,
    *,
    quoted: Sequence[Line],
    also: Sequence[tuple[Place, str]],
    tried: Sequence[Trial],
    width: int,
    detail: Detail,
) -> list[Line]:
    """All of a finding, its outline, or its headline with the fix: whatever there is room for.

    `quoted` are the user's lines, `also` the lines of the related places.
    """
    style = ALARM if finding.verdict == "confirmed" else DOUBT
    head = headed(finding.verdict, style, f"[{finding.fault}]: {finding.claim}", width, most=3)
    for row in head:
        row.stylize("bold")
    where = [line(("  --> ", QUIET), clip_left(where_is(finding.place), width - 6))]
    if detail == "headline":
        return [*head[:2], *where, *fix_lines(finding.fix, width)[:1]]
    if detail == "short":
        return [
            *head,
            *where,
            *quoted,
            *_saw(finding.saw[:1], (), len(finding.saw), width, most=2),
            *_proof(finding, tried, width, most=3),
            *fix_lines(finding.fix, width)[:1],
            *_again(finding.proof, width),
        ]
    return [
        *head,
        *where,
        *quoted,
        *_also(also, width),
        *_saw(finding.saw[:3], finding.explains, len(finding.saw), width, most=5),
        *_proof(finding, tried, width, most=5),
        *_not(finding, width),
        *fix_lines(finding.fix, width),
        *_again(finding.proof, width),
    ]


def note_lines(notes: Sequence[Note], width: int) -> list[Line]:
    """Worth knowing, a line or two each."""
    lines: list[Line] = []
    for count, note in enumerate(notes):
        left = len(notes) - count
        if len(lines) >= 4 and left > 1:
            return [*lines, line(f"and {more(left, 'note')}")]
        remedy = f"; {note.fix.title}" if note.fix and note.fix.title else ""
        text = f"[{note.fault}]: {note.claim}{remedy} ({where_is(note.place)})"
        lines += headed("note", "bold", text, width, most=2)
    return lines


def where_is(place: Place) -> str:
    """`train.py:42 (model.3, step 200)`."""
    details = [f"module {place.object}" if place.object.isdigit() else place.object] if place.object else []
    details += [f"step {place.step}"] if place.step is not None else []
    at = f"{place.path}:{place.line}" if place.line else place.path
    return " ".join(f"{at} ({', '.join(details)})".split()) if details else " ".join(at.split())


def fix_lines(fix: Fix | None, width: int) -> list[Line]:
    """What to do in words, then the difference to write."""
    if fix is None:
        return []
    return [*labelled("fix", f"{fix.title} ({SURE[fix.applies]})", width, most=2), *_diff(fix.diff, width)]


def _also(places: Sequence[tuple[Place, str]], width: int) -> list[Line]:
    """The other lines that belong to the story, each with what it says."""
    lines = []
    for place, source in places[:2]:
        at = clip_left(where_is(place), width // 2)
        said = clip(source, width - cells(at) - 8)
        lines.append(line(("  and ", QUIET), at, (": " if said else "", QUIET), said))
    hidden = len(places) - len(lines)
    return [*lines, line((f"  and {more(hidden, 'place')}", QUIET))] if hidden > 0 else lines


def _saw(shown: Sequence[Measure], explains: Sequence[str], total: int, width: int, *, most: int) -> list[Line]:
    """Each number beside what was expected; then which other symptoms this one cause explains."""
    texts = [_measured(measure) for measure in shown]
    if total > len(shown):
        texts.append(f"and {more(total - len(shown), 'number')}")
    if explains:
        texts.append(f"this also explains: {', '.join(explains)}")
    lines: list[Line] = []
    for text in texts:
        lines += labelled("" if lines else "saw", text, width, most=2)
    return lines[:most]


def _measured(measure: Measure) -> str:
    expected = f" (expected {measure.expected})" if measure.expected else ""
    return f"{measure.name}: {quantity(measure.value, measure.unit)}{expected}"


def _proof(finding: Finding, tried: Sequence[Trial], width: int, *, most: int) -> list[Line]:
    """Why this is believed: the fact, or the one change with both curves; of a suspicion, why there is no proof."""
    proof = finding.proof
    if proof is None:
        return labelled("proof", f"none yet: {_why_undecided(finding, tried)}", width, most=most)
    rows = sparklines(proof.curves, width - LEFT)
    shown = rows[:3] if len(rows) <= 3 else rows[:2]
    lines = [*labelled("proof", _sentence(proof), width, most=most)]
    lines += [line(" " * LEFT, (row, style)) for row, style in zip(shown, ("red", "green", ""), strict=False)]
    if len(rows) > len(shown):
        lines.append(line(" " * LEFT, f"and {more(len(rows) - len(shown), 'curve')}"))
    return lines


def _sentence(proof: Proof) -> str:
    """`with one change, …, loss ends at 0.03 instead of 1.61 (…)`."""
    change, _, effect = proof.change.partition(": ")
    if proof.treated is not None:
        change, effect = proof.change, f"{proof.metric or 'the result'} ends at {number(proof.treated)}"
        effect += f" instead of {number(proof.control)}" if proof.control is not None else ""
    if proof.kind == "read off":
        undone = f"; with it mended, {effect}{_certain(proof)}" if proof.treated is not None else ""
        return f"read off, no experiment needed: {proof.change}{undone}"
    effect = effect or "the symptom is gone"
    return f"with one change, {change if '`' in change else f'`{change}`'}, {effect}{_certain(proof)}"


def _certain(proof: Proof) -> str:
    """How far the numbers can be trusted."""
    said = []
    if proof.floor is not None:
        said.append(f"unchanged runs differ by {number(proof.floor)}")
    if proof.interval is not None:
        low, high = map(number, proof.interval)
        said.append(f"95{NO_BREAK}% of the difference: {low} to {high}")
    return f" ({'; '.join(said)})" if said else ""


def _why_undecided(finding: Finding, tried: Sequence[Trial]) -> str:
    """What the experiments on the same fault had to say for themselves."""
    reasons = [t.why for t in tried if t.fault == finding.fault and t.state in ("undecided", "not-run") and t.why]
    return reasons[0] if reasons else "no experiment decided it"


def _not(finding: Finding, width: int) -> list[Line]:
    """The other causes that were considered, and what speaks against each."""
    lines: list[Line] = []
    for rival in finding.rivals[:3]:
        lines += labelled("" if lines else "not", f"{rival.fault}: {rival.why_not}", width, most=2)
    hidden = [rival.fault for rival in finding.rivals[3:]]
    return [*lines, *_under(listing("nor", hidden, width - LEFT, most=2))] if hidden else lines


def _again(proof: Proof | None, width: int) -> list[Line]:
    return labelled("again", proof.replay, width, most=2) if proof and proof.replay else []


def _diff(diff: str, width: int) -> list[Line]:
    """The hunks without file headers (the place is known), moved left as far as all lines allow."""
    rows = [row.expandtabs(4).rstrip() for row in diff.splitlines() if not row.startswith(("--- ", "+++ ", "diff "))]
    rows = ["..." if row.startswith("@@") else row for row in rows if row]
    rows = rows[1:] if rows[:1] == ["..."] else rows
    codes = [row[1:] for row in rows if row[1:].strip() and row != "..."]
    common = min((len(code) - len(code.lstrip()) for code in codes), default=0)
    lines = []
    for row in rows:
        mark, code = row[0], row[1 + common :] if row != "..." else row[1:]
        style = {"+": "green", "-": "red"}.get(mark, "")
        lines += [line((each, style)) for each in _code(mark, code, width)]
    if len(lines) > 10:
        lines = [*lines[:9], line(" " * LEFT, (f"and {len(lines) - 9} more lines", QUIET))]
    return lines


def _code(mark: str, code: str, width: int) -> list[str]:
    """One line of a diff, exactly as it is where it fits."""
    start = f"{' ' * LEFT}{mark} "
    if cells(start) + cells(code) <= width:
        return [start + code]
    margin = " " * min(len(code) - len(code.lstrip()), width // 3)
    return wrap(code, width, first=start + margin, rest=" " * (LEFT + 6) + margin, most=3)


def _under(lines: Sequence[Line]) -> list[Line]:
    return [line(" " * LEFT, each.plain) for each in lines]
