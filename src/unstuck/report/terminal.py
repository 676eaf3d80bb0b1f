"""A report for a person at a terminal: read in ten seconds, at most 60 lines of at most 80 columns."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from unstuck.facts import Finding, Place, Report
from unstuck.report.characters import cleaned, in_ascii, speaks_unicode
from unstuck.report.crash import foreign_lines, stopped_lines
from unstuck.report.excerpt import excerpt, source_line
from unstuck.report.finding import Detail, finding_lines, note_lines
from unstuck.report.footer import headline_lines, next_lines, summary_lines
from unstuck.report.layout import Line, clip, line, paint
from unstuck.report.numbers import more
from unstuck.report.tried import tried_lines

MOST_LINES = 60
WIDEST, NARROWEST = 80, 40
Quoted = tuple[list[Line], list[tuple[Place, str]]]
DETAILS: tuple[Detail, ...] = ("full", "short", "headline")


def render(
    report: Report, *, root: Path | None, width: int = WIDEST, color: bool = False, encoding: str = "utf-8"
) -> str:
    """The report as text, the same lines with colour and without.

    Args:
        report: what to say.
        root: the folder that the paths of the report start from; without it no source is quoted.
        width: columns; no line is wider, none narrower than 40 is tried for.
        color: whether to write ANSI colours. Nothing is said by colour alone.
        encoding: of the stream; where it cannot say what we draw with, ASCII stands in.
    """
    width = max(NARROWEST, width)
    said = cleaned(report, encoding)
    places = [_quoted(finding, root, width, encoding) for finding in report.findings]
    top = _top(said, places, width)
    lines = [*top, *_bottom(said, width)][:MOST_LINES]
    return paint((_fitted(each, width, encoding) for each in lines), width=width, color=color)


def show(report: Report, *, root: Path | None, stream: TextIO) -> None:
    """Write the report as the stream wants it: colours and its own width at a terminal, plain text elsewhere."""
    terminal = stream.isatty()
    width = min(WIDEST, shutil.get_terminal_size().columns) if terminal else WIDEST
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    stream.write(render(report, root=root, width=width, color=color, encoding=stream.encoding or "ascii"))


def _quoted(finding: Finding, root: Path | None, width: int, encoding: str) -> Quoted:
    """Their lines at the place, and the line at each related place; read by the name as it is, not as it is printed."""
    quoted = excerpt(finding.place, root, width=width, encoding=encoding)
    related = [place for place in finding.related if not (quoted and _next_to(place, finding.place))]
    return quoted, [(cleaned(place, encoding), source_line(place, root, encoding)) for place in related]


def _next_to(place: Place, other: Place) -> bool:
    return place.path == other.path and abs(place.line - other.line) <= 1


def _top(report: Report, places: Sequence[Quoted], width: int) -> list[Line]:
    """Findings first; a crash that no finding explains starts with the program's own traceback."""
    room = MOST_LINES - len(_bottom(report, width))
    if report.findings:
        stopped = stopped_lines(report, width)
        return [*_findings(report, places, width, room - len(stopped)), *stopped]
    if report.crash is not None:
        return foreign_lines(report, report.crash, width, room)
    return headline_lines(report, width)


def _findings(report: Report, places: Sequence[Quoted], width: int, room: int) -> list[Line]:
    """The findings by rank, each as fully as the room allows that the headlines of the next two must have."""
    ranked = sorted(zip(report.findings, places, strict=True), key=lambda pair: pair[0].rank)
    lines: list[Line] = []
    for count, (finding, (quoted, also)) in enumerate(ranked):
        left = len(ranked) - count - 1
        reserve = 5 * min(left, 2) + (left > 2)
        forms = (
            finding_lines(finding, quoted=quoted, also=also, tried=report.tried, width=width, detail=detail)
            for detail in DETAILS
        )
        fitting = next((form for form in forms if len(lines) + len(form) + 1 + reserve <= room), None)
        if fitting is None:
            return [*lines, line(f"and {more(left + 1, 'finding')}: --format json lists them all"), line("")]
        lines += [*fitting, line("")]
    return lines


def _bottom(report: Report, width: int) -> list[Line]:
    """What was tried besides, then the summary and what to do: short, since it takes its room from the findings."""
    return [
        *note_lines(report.notes, width),
        *tried_lines(report, width),
        *summary_lines(report, width),
        *next_lines(report, width),
    ]


def _fitted(text: Line, width: int, encoding: str) -> Line:
    """The last gate: whatever happened before, no line is wider, and none holds what the stream cannot say."""
    shown = clip(text.plain.replace("\n", " ").replace("\t", " "), width)
    shown = shown if speaks_unicode(encoding) else in_ascii(shown)
    fitted = Line(shown, spans=text.spans)
    fitted.rstrip()
    return fitted
