"""The stable interface: a report as JSON, exactly in the shape that `schema.json` beside this file describes.

Every key is always there, in the same order, `null` if unknown. JSON has no word for a number that is not finite, so
these are the strings "NaN", "Infinity" and "-Infinity". Text is escaped to ASCII, so that it survives any pipe; nothing
is coloured, cut or wrapped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from unstuck.facts import (
    Crash,
    Finding,
    Fix,
    Measure,
    Note,
    Outcome,
    Place,
    Proof,
    Report,
    Rival,
    SingleBatch,
    Trial,
)

Object = dict[str, Any]
"""A JSON object."""

SCHEMA = 1
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

KEYS: dict[type, tuple[str, ...]] = {
    Place: ("path", "line", "column", "object", "step"),
    Measure: ("name", "value", "unit", "expected"),
    Proof: ("kind", "change", "metric", "control", "treated", "floor", "interval", "curves", "replay"),
    Rival: ("fault", "why_not"),
    Fix: ("title", "diff", "applies"),
    Finding: (
        "rank",
        "fault",
        "verdict",
        "claim",
        "place",
        "related",
        "saw",
        "proof",
        "rivals",
        "explains",
        "fix",
    ),
    Trial: ("fault", "change", "place", "metric", "control", "treated", "floor", "interval", "state", "why"),
    Note: ("fault", "claim", "place", "saw", "fix"),
    Outcome: ("fault", "state", "why"),
    SingleBatch: ("verdict", "first", "last", "steps"),
    Crash: ("kind", "message", "place", "traceback"),
}
"""What is written of each kind of fact, in this order."""

AFTER_PROGRAM = ("outcome", "summary", "findings", "tried", "notes", "outcomes", "single_batch", "crash", "next")


def render(report: Report) -> str:
    """The report as JSON, ending in a newline."""
    document = {
        "schema": report.schema,
        "version": report.version,
        "program": {"script": report.script, "argv": list(report.argv)},
        **{key: _plain(getattr(report, key)) for key in AFTER_PROGRAM},
        "seconds": _plain(report.seconds),
        "run": report.run,
        "environment": _plain(report.environment),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def parse(text: str) -> Report:
    """The report that `render` wrote.

    Raises:
        ValueError: if the text is no such report, or one of a later schema.
    """
    try:
        return _report(json.loads(text))
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"this is no report of unstuck: {error!r}") from error


def _plain(value: Any) -> Any:
    """A fact as JSON can hold it; what JSON has no form for is written as Python prints it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else _not_finite(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
    if type(value) in KEYS:
        return {key: _plain(getattr(value, key)) for key in KEYS[type(value)]}
    return str(value)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _report(data: Object) -> Report:
    if data["schema"] != SCHEMA:
        raise ValueError(f"this report has schema {data['schema']}; this version of unstuck reads {SCHEMA}")
    program = data.pop("program")
    return Report(
        **data
        | {
            "script": program["script"],
            "argv": tuple(program["argv"]),
            "findings": tuple(map(_finding, data["findings"])),
            "tried": tuple(map(_trial, data["tried"])),
            "notes": tuple(map(_note, data["notes"])),
            "outcomes": tuple(Outcome(**each) for each in data["outcomes"]),
            "single_batch": _single_batch(data["single_batch"]),
            "crash": _crash(data["crash"]),
            "seconds": {part: _number(value) for part, value in data["seconds"].items()},
        }
    )


def _finding(data: Object) -> Finding:
    return Finding(
        **data
        | {
            "place": _place(data["place"]),
            "related": tuple(map(_place, data["related"])),
            "saw": _measures(data["saw"]),
            "proof": _proof(data["proof"]),
            "rivals": tuple(Rival(**rival) for rival in data["rivals"]),
            "explains": tuple(data["explains"]),
            "fix": _fix(data["fix"]),
        }
    )


def _trial(data: Object) -> Trial:
    return Trial(**data | {"place": _place(data["place"])} | _judged(data))


def _note(data: Object) -> Note:
    return Note(
        **data | {"place": _place(data["place"]), "saw": _measures(data["saw"]), "fix": _fix(data["fix"])},
    )


def _place(data: Object) -> Place:
    return Place(**data | {"column": data["column"] and tuple(data["column"])})


def _measures(data: Iterable[Object]) -> tuple[Measure, ...]:
    return tuple(Measure(**each | {"value": _number(each["value"])}) for each in data)


def _proof(data: Object | None) -> Proof | None:
    if data is None:
        return None
    curves = {name: tuple(map(_number, curve)) for name, curve in data["curves"].items()}
    return Proof(**data | {"curves": curves} | _judged(data))


def _judged(data: Object) -> dict[str, Any]:
    """The numbers that a proof and a trial share."""
    numbers = {key: _number(data[key]) for key in ("control", "treated", "floor")}
    return {**numbers, "interval": data["interval"] and tuple(map(_number, data["interval"]))}


def _fix(data: Object | None) -> Fix | None:
    return None if data is None else Fix(**data)


def _single_batch(data: Object) -> SingleBatch:
    return SingleBatch(**data | {"first": _number(data["first"]), "last": _number(data["last"])})


def _crash(data: Object | None) -> Crash | None:
    return None if data is None else Crash(**data | {"place": _place(data["place"])})


def _number(value: Any) -> Any:
    """A number back from the word it may have been written as."""
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value
