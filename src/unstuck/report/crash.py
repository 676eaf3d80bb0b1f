"""How the program stopped: its own traceback if there is no more to say, else the last line and where the rest is."""

from __future__ import annotations

from unstuck.facts import Crash, Report
from unstuck.report.finding import where_is
from unstuck.report.layout import ALARM, QUIET, Line, clip, headed, line, wrap


def stopped_lines(report: Report, width: int) -> list[Line]:
    """Under the finding that explains the crash: what Python said, and where to read all of it."""
    if report.crash is None:
        return []
    said = headed("stopped: ", ALARM, _last_words(report.crash), width, most=3)
    return [*said, *_kept(report, width), line("")]


def foreign_lines(report: Report, crash: Crash, width: int, most: int) -> list[Line]:
    """A crash that no fault of ours explains: the traceback first, as Python prints it."""
    where = f" at {where_is(crash.place)}" if crash.place.path else ""
    text = f"{crash.kind}{where}, no training fault that unstuck knows"
    stopped = headed("stopped: ", ALARM, text, width, most=3)
    rows = [row.expandtabs(4).rstrip() for row in crash.traceback.rstrip().splitlines()] or [_last_words(crash)]
    last = [line((row, ALARM)) for row in wrap(rows[-1], width, rest="  ", most=4)]
    body = _middle_out(rows[:-1], most - len(last) - len(stopped) - 2)
    kept = _kept(report, width) if len(body) < len(rows) - 1 else []
    return [*(line(clip(row, width)) for row in body), *last, line(""), *stopped, *kept]


def _middle_out(rows: list[str], most: int) -> list[str]:
    """The first row and as much of the end as there is room for: the end is where it happened."""
    if len(rows) <= most:
        return rows
    end = rows[len(rows) - max(most - 2, 0) :]
    return [rows[0], f"  ... {len(rows) - 1 - len(end)} more lines ...", *end]


def _kept(report: Report, width: int) -> list[Line]:
    where = " ".join(report.run.split()) or "in the report with --format json"
    return [line(("  whole traceback: ", QUIET), clip(where, width - 19))]


def _last_words(crash: Crash) -> str:
    message = next(iter(crash.message.strip().splitlines()), "")
    return f"{crash.kind}: {message}" if message else crash.kind
