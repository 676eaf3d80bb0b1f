"""What the rooms hand to one another: frozen plain data, no torch, nothing of ours.

A `Finding` is what the user reads; a `Trial` is one experiment with its measured effect; a `Report` is everything, and
its `asdict` is the stable JSON interface (`report/schema.json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["confirmed", "suspected"]
TrialState = Literal["hurts", "harmless", "undecided", "not-run"]
OutcomeState = Literal["found", "clear", "not-applicable", "not-run", "error"]
ReportOutcome = Literal["faults", "healthy", "crashed", "inconclusive"]
SingleBatchVerdict = Literal["memorised", "goes up", "explodes", "oscillates", "plateaus", "still falling", "not run"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the user's own code: every part but the file is optional."""

    path: str
    line: int = 0
    column: tuple[int, int] | None = None
    """Start and end column of the call, where the interpreter knows it (3.11 on)."""
    object: str = ""
    """Module path as in `named_modules()`, or the name of a parameter."""
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number never travels without what was expected and why."""

    name: str
    value: float | str
    unit: str = ""
    expected: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing changed in a universe: the name of a file in `experiment/changes` and its arguments (plain data)."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def key(self) -> str:
        """The identity of the change: equal changes are run once."""
        return self.name + "".join(f" {k}={v}" for k, v in sorted(self.arguments.items()))


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Why a finding is believed: a paired experiment, or a fact that was read off."""

    kind: Literal["experiment", "read off"]
    change: str
    metric: str = ""
    control: float | None = None
    treated: float | None = None
    floor: float | None = None
    interval: tuple[float, float] | None = None
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    replay: str = ""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """Another cause that was considered, and why it is not the one."""

    fault: str
    why_not: str


@dataclass(frozen=True, kw_only=True)
class Fix:
    """What to write instead."""

    title: str
    diff: str = ""
    applies: Literal["exactly", "probably", "by-hand"] = "by-hand"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One root cause."""

    fault: str
    verdict: Verdict
    claim: str
    place: Place
    saw: tuple[Measure, ...] = ()
    proof: Proof | None = None
    fix: Fix | None = None
    related: tuple[Place, ...] = ()
    rivals: tuple[Rival, ...] = ()
    explains: tuple[str, ...] = ()
    rank: int = 0

    def __post_init__(self) -> None:
        """A confirmed finding cannot be built without its proof."""
        if self.verdict == "confirmed" and self.proof is None:
            raise ValueError(f"{self.fault}: confirmed without a proof")


Measured = Literal["", "unexplained", "disagreement"]
"""What predictions have in common with their goals, by backward (`observe.probes.comparisons`)."""
Metric = Literal[
    "loss", "held-out loss", "size of the loss", "finite loss", "unexplained", "disagreement",
    "worth of labels", "worth of labels by row", "right answers",
]  # fmt: skip
"""What of a universe decides; how each is judged stands in `debug.verdicts`."""


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """What a fault saw that raised it, and the change that must cure the symptom if it is right."""

    fault: str
    claim: str
    place: Place
    saw: tuple[Measure, ...] = ()
    change: Change | None = None
    """The change whose effect decides; None if the fact itself is the proof (`read off`)."""
    metric: Metric = "loss"
    contradicts: bool = False
    """The fact alone contradicts what the program is meant to do: any material gain from the change convicts."""
    read_off: str = ""
    """For a fault that needs no experiment: the fact, in words."""
    if_untried: str = ""
    """The fact that convicts where its change cannot be made in a universe (a NumPy round trip has no way back)."""
    fix: Fix | None = None
    related: tuple[Place, ...] = ()
    oddness: float = 1.0
    """How far from usual, in decades or standard deviations: orders experiments and breaks ties, never convicts."""
    argument: tuple[str, ...] = ()
    """Names of the argument at the place that is meant: the finding points at where its value is written."""
    value: float | None = None
    """What that argument was."""
    when_failing: bool = False
    """Tried only if the program learns next to nothing."""
    late: bool = False
    """Shows only after many steps: tried for as long as may be."""
    quiet: bool = False
    """Tried as a matter of course: reported only if it hurts."""
    explains: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One suspicion that was tried, with its measured effect."""

    fault: str
    change: str
    place: Place
    metric: str
    state: TrialState
    why: str
    control: float | None = None
    treated: float | None = None
    floor: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Note:
    """Worth knowing, never alarming."""

    fault: str
    claim: str
    place: Place
    saw: tuple[Measure, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One per fault, always: "found nothing" and "could not look" never look alike."""

    fault: str
    state: OutcomeState
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class SingleBatch:
    """The verdict on the same batch shown again and again (SYSTEM O0, B0.1)."""

    verdict: SingleBatchVerdict = "not run"
    first: float | None = None
    last: float | None = None
    steps: int = 0


@dataclass(frozen=True, kw_only=True)
class Crash:
    """How the program stopped: its own traceback, free of our frames."""

    kind: str
    message: str
    traceback: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything one diagnosis found. Renderers are functions of this."""

    schema: int = 1
    version: str
    script: str
    argv: tuple[str, ...]
    outcome: ReportOutcome
    findings: tuple[Finding, ...] = ()
    tried: tuple[Trial, ...] = ()
    notes: tuple[Note, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    single_batch: SingleBatch = SingleBatch()
    crash: Crash | None = None
    summary: str = ""
    """One line: what was examined, what could not be."""
    next: str = ""
    run: str = ""
    """Folder of the saved observation."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
