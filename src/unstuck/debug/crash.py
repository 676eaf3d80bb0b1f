"""A program that stops: explained where it is a deep-learning fault, passed on as it is where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from unstuck.debug.cases import say_change
from unstuck.experiment.universes.engine import Engine, Stopped
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Crash, Finding, Proof, Report, Suspicion
from unstuck.faults import suspect
from unstuck.program import NotAProgram, Program
from unstuck.trace import Observation
from unstuck.trace.places import place


class NothingToWatch(Exception):
    """The program never trained; the message is one sentence for the user."""


def before_training(program: Program, engine: Engine, stopped: Stopped, blank: Report) -> Report:
    """The program ended or crashed before it reached a model or a loader."""
    event = stopped.event
    if event.get("event") == "refused":
        raise NotAProgram(event["message"])
    if event.get("event") == "crashed":
        observation = Observation({}, event["crash"])
        facts = [s for s in _suspected(observation) if s.read_off]
        return _report(observation, [_finding(s, _fact(s)) for s in facts[:1]], blank)
    if event.get("event") == "ended":
        said = f": {event['message']}" if event.get("message") else ""
        status = f" with exit status {event['status']}" if event.get("status") else ""
        raise NothingToWatch(f"{program.name} ended{status}{said}, and no training step was seen")
    output = engine.output.decode(errors="replace").strip().splitlines()
    last = f"; it said last: {output[-1][:200]}" if output else ""
    raise NothingToWatch(f"{program.name} was gone before it trained (exit status {event.get('status')}){last}")


def explain(
    engine: Engine, observation: Observation, scout: Result, blank: Report, progress: Callable[[str], None]
) -> Report:
    """Ask the faults what they make of the crash, and try the repairs that can be computed."""
    backwards = scout.extra.get("backwards", 0)
    for suspicion in _suspected(observation):  # the likeliest first; the first that is confirmed is the one
        progress(f"the program stops: trying {say_change(suspicion.change) or 'what was read off'}")
        proof = _proof(engine, suspicion, backwards)
        if proof is not None:
            return _report(observation, [_finding(suspicion, proof)], blank)
    return _report(observation, [], blank)


def _suspected(observation: Observation) -> list[Suspicion]:
    return [s for s in suspect(observation)[0] if s.fault in RUN_FAULTS]


RUN_FAULTS = ("shape-mismatch", "dtype-mismatch", "target-out-of-range", "loss-without-gradient")


def _proof(engine: Engine, suspicion: Suspicion, backwards: int) -> Proof | None:
    if suspicion.change is not None:
        universe = Universe(changes=(suspicion.change,), ticks=backwards + 2, full=backwards + 2, seconds=20.0)
        (result,) = engine.run([universe])
        if result.crash is None and result.end in ("limit", "ended") and any(result.hits.values()):
            return Proof(kind="experiment", change=f"{say_change(suspicion.change)}: the step runs", metric="crash")
    return _fact(suspicion) if suspicion.read_off else None


def _fact(suspicion: Suspicion) -> Proof:
    return Proof(kind="read off", change=suspicion.read_off)


def _finding(suspicion: Suspicion, proof: Proof) -> Finding:
    return Finding(
        fault=suspicion.fault, verdict="confirmed", claim=suspicion.claim, place=suspicion.place, saw=suspicion.saw,
        proof=proof, fix=suspicion.fix, related=suspicion.related, rank=1,
    )  # fmt: skip


def _report(observation: Observation, findings: list[Finding], blank: Report) -> Report:
    assert observation.crash is not None
    data: dict[str, Any] = dict(observation.crash.data)
    frames = data.get("frames") or [{}]
    return replace(
        blank,
        outcome="faults" if findings else "crashed",
        findings=tuple(findings),
        crash=Crash(
            kind=data["kind"],
            message=data["message"],
            traceback=data["traceback"],
            place=place(frames[-1].get("site")),
        ),
        summary=f"the program stops: {data['kind']}",
        next="apply the fix, then debug again" if findings else "mend the error, then debug again",
    )
