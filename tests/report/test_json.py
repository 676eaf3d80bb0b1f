from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from importlib import resources
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from unstuck import facts
from unstuck.facts import Finding, Fix, Place, Proof, Report
from unstuck.report.json import KEYS, NOT_FINITE, parse, render

SCHEMA = json.loads((resources.files("unstuck.report") / "schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
often = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


def same(one: Any, other: Any) -> bool:
    """Equal, where NaN equals NaN, and a word that stands for a number equals that number."""
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    one, other = (NOT_FINITE.get(each, each) if isinstance(each, str) else each for each in (one, other))
    return one == other or (one != one and other != other)


@often
@given(...)
def test_any_report_comes_back(report: Report):
    text = render(report)
    assert same(parse(text), report)
    assert render(parse(text)) == text


@often
@given(...)
def test_any_report_fits_the_schema(report: Report):
    VALIDATOR.validate(json.loads(render(report)))


def test_examples_come_back_equal(example):
    assert parse(render(example[1])) == example[1]


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_every_fact_is_written():
    for kind, keys in KEYS.items():
        assert set(keys) == {field.name for field in fields(kind)}
    written = set(json.loads(render(Report(version="", script="", argv=(), outcome="healthy"))))
    assert written - {"program"} | {"script", "argv"} == {field.name for field in fields(Report)}


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (facts.ReportOutcome, SCHEMA["properties"]["outcome"]),
        (facts.SingleBatchVerdict, SCHEMA["properties"]["single_batch"]["properties"]["verdict"]),
        (facts.Verdict, SCHEMA["$defs"]["finding"]["properties"]["verdict"]),
        (facts.TrialState, SCHEMA["$defs"]["trial"]["properties"]["state"]),
        (facts.OutcomeState, SCHEMA["$defs"]["outcome"]["properties"]["state"]),
    ],
)
def test_closed_words_are_those_of_the_facts(words, where):
    assert tuple(where["enum"]) == get_args(words)


def test_every_object_of_the_schema_is_closed_and_complete():
    closed = [each for each in objects(SCHEMA) if "properties" in each and each.get("type") == "object"]
    assert len(closed) == len(KEYS) + 2
    for each in closed:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert SCHEMA["required"] == list(json.loads(render(Report(version="", script="", argv=(), outcome="healthy"))))
    for kind, name in [(Place, "place"), (Finding, "finding"), (Proof, "proof"), (facts.Trial, "trial")]:
        assert tuple(SCHEMA["$defs"][name]["required"]) == KEYS[kind]


def objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for each in schema for found in objects(each)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for each in schema.values() for found in objects(each))]


def test_a_confirmed_finding_without_proof_does_not_fit(example):
    document = json.loads(render(example[1]))
    for finding in document["findings"]:
        finding |= {"verdict": "confirmed", "proof": None}
    assert VALIDATOR.is_valid(document) == (not document["findings"])


def test_numbers_that_are_not_finite_are_words():
    proof = Proof(kind="experiment", change="", control=math.nan, interval=(-math.inf, math.inf), curves={"a": (1, 2)})
    finding = Finding(fault="x", verdict="confirmed", claim="", place=Place(path="a.py"), proof=proof)
    report = Report(version="", script="", argv=(), outcome="faults", findings=(finding,))
    written = json.loads(render(report))["findings"][0]["proof"]
    assert (written["control"], written["interval"]) == ("NaN", ["-Infinity", "Infinity"])
    assert math.isnan(parse(render(report)).findings[0].proof.control)


def test_what_json_cannot_hold_is_written_as_it_prints():
    report = Report(version="", script="", argv=(), outcome="healthy", environment={"device": Fix, "seeds": {1}})
    assert json.loads(render(report))["environment"] == {"device": str(Fix), "seeds": [1]}


@pytest.mark.parametrize("text", ["", "[]", "{}", '"report"', '{"schema": 1}', '{"schema": 2}', "null"])
def test_what_is_no_report_is_refused(text):
    with pytest.raises(ValueError, match="report"):
        parse(text)


def test_a_later_schema_is_refused_by_number(example):
    with pytest.raises(ValueError, match="schema 2"):
        parse(render(replace(example[1], schema=2)))
