"""Reports as they come out of a diagnosis, the programs they speak of, and strategies for any report there could be."""

from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import strategies as st

from unstuck.facts import (
    Crash,
    Finding,
    Fix,
    Measure,
    Note,
    Outcome,
    OutcomeState,
    Place,
    Proof,
    Report,
    ReportOutcome,
    Rival,
    SingleBatch,
    SingleBatchVerdict,
    Trial,
    TrialState,
    Verdict,
)

PROGRAMS = {
    "train.py": """\
import torch
from torch import nn

from data import make_loader

torch.manual_seed(0)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=3e-3, momentum=0.9)

for epoch in range(3):
    for images, labels in make_loader():
        probabilities = torch.softmax(net(images), dim=1)
        loss = criterion(probabilities, labels)  # cross-entropy
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
""",
    "models/lenet.py": """\
from torch import nn


class LeNet(nn.Module):
\tdef __init__(self):
\t\tsuper().__init__()
\t\tself.conv = nn.Conv2d(1, 16, 5)
\t\tself.head = nn.Linear(400, 120)

\tdef forward(self, x):
\t\tx = self.conv(x).relu()
\t\treturn self.head(x.flatten(1))
""",
}


def outcomes(found: int = 0, clear: int = 0, idle: int = 0, *rest: Outcome) -> tuple[Outcome, ...]:
    """So many of each, with the given ones at the end."""
    states: list[tuple[OutcomeState, int]] = [("found", found), ("clear", clear), ("not-applicable", idle)]
    return (*(Outcome(fault=f"{state}-{i}", state=state) for state, count in states for i in range(count)), *rest)


def falling(start: float, end: float, rate: float, steps: int = 120) -> tuple[float, ...]:
    return tuple(end + (start - end) * math.exp(-rate * step) for step in range(steps))


HARMLESS = (
    Trial(
        fault="learning-rate-too-high",
        change="lr 3e-3: ×0.3",
        place=Place(path="train.py", line=9),
        metric="loss",
        state="harmless",
        why="within the floor",
        control=2.31,
        treated=2.30,
    ),
    Trial(
        fault="learning-rate-too-low",
        change="lr 3e-3: ×3",
        place=Place(path="train.py", line=9),
        metric="loss",
        state="harmless",
        why="within the floor",
        control=2.31,
        treated=2.33,
    ),
    Trial(
        fault="not-shuffled",
        change="no shuffling",
        place=Place(path="data.py", line=12),
        metric="loss",
        state="harmless",
        why="within the floor",
        control=2.31,
        treated=2.3101,
    ),
    Trial(
        fault="bias-before-batch-norm",
        change="bias before a batch norm",
        place=Place(path="data.py", line=12),
        metric="loss",
        state="harmless",
        why="equal",
        control=2.31,
        treated=2.31,
    ),
)

SOFTMAX = Finding(
    fault="softmax-before-cross-entropy",
    verdict="confirmed",
    claim="`probabilities` went through softmax before cross-entropy, which applies its own: the loss cannot fall "
    "below 1.46",
    place=Place(path="train.py", line=13, column=(24, 57), step=0),
    related=(Place(path="train.py", line=14),),
    saw=(
        Measure(name="sum of each row that the loss is given", value=1.0, expected="anything: scores are unbounded"),
        Measure(name="gradient at `net.3.weight`", value=0.00213, expected="about 0.07, as with raw scores"),
    ),
    proof=Proof(
        kind="experiment",
        change="bypass the softmax in line 13",
        metric="loss",
        control=2.2841,
        treated=0.3127,
        floor=0.0,
        interval=(-1.99, -1.95),
        curves={"control": falling(2.3026, 2.2841, 0.02), "treated": falling(2.3026, 0.30, 0.05)},
        replay="unstuck replay 7f3a --finding 1",
    ),
    rivals=(
        Rival(fault="learning-rate-too-low", why_not="with lr ×10 the loss still ends at 2.19"),
        Rival(fault="labels-shuffled", why_not="with the softmax bypassed the same labels are learnt"),
    ),
    explains=("a single batch is not memorised", "gradients vanish"),
    fix=Fix(
        title="give the raw scores to the loss",
        diff="--- a/train.py\n+++ b/train.py\n@@ -13,2 +13,2 @@\n"
        "-        probabilities = torch.softmax(net(images), dim=1)\n"
        "-        loss = criterion(probabilities, labels)  # cross-entropy\n"
        "+        scores = net(images)\n"
        "+        loss = criterion(scores, labels)  # cross-entropy\n",
        applies="exactly",
    ),
    rank=1,
)

EXAMPLES = {
    "proved": Report(
        version="0.1",
        script="train.py",
        argv=("--epochs", "3"),
        outcome="faults",
        findings=(SOFTMAX,),
        tried=HARMLESS,
        outcomes=outcomes(
            1,
            49,
            8,
            Outcome(fault="overfits", state="not-run", why="no validation loader was seen"),
            Outcome(fault="data-leak", state="not-run", why="no validation loader was seen"),
            Outcome(fault="too-few-epochs", state="not-run", why="the budget of 60 s was spent"),
        ),
        single_batch=SingleBatch(verdict="plateaus", first=2.3026, last=2.2841, steps=120),
        summary="120 steps of 64 images watched, 14 universes",
        next="apply the fix, then run `unstuck debug train.py --epochs 3` again",
        run=".unstuck/runs/7f3a",
        seconds={"start": 2.71, "observe": 1.13, "experiment": 6.02},
    ),
    "explained-crash": Report(
        version="0.1",
        script="train.py",
        argv=(),
        outcome="crashed",
        findings=(
            Finding(
                fault="shape-mismatch",
                verdict="confirmed",
                claim="`head` wants 400 inputs and gets 9216 = 16·24·24: images are 28 wide, the layer was made for 9",
                place=Place(path="models/lenet.py", line=12, column=(9, 32), object="head", step=0),
                related=(Place(path="models/lenet.py", line=8, object="head"),),
                saw=(
                    Measure(name="shapes on the way", value="64×1×28×28 → conv 64×16×24×24 → flatten 64×9216"),
                    Measure(name="input of `head`", value="64×9216", expected="64×400, from in_features"),
                ),
                proof=Proof(
                    kind="experiment",
                    change="make `head` with in_features=9216",
                    replay="unstuck replay 9b1c --finding 1",
                ),
                fix=Fix(
                    title="make the layer as wide as what reaches it",
                    diff="-\t\tself.head = nn.Linear(400, 120)\n+\t\tself.head = nn.Linear(9216, 120)\n",
                    applies="probably",
                ),
                rank=1,
            ),
        ),
        crash=Crash(
            kind="RuntimeError",
            message="mat1 and mat2 shapes cannot be multiplied (64x9216 and 400x120)",
            traceback="Traceback (most recent call last):\n  ...\nRuntimeError: mat1 and mat2 shapes cannot be "
            "multiplied (64x9216 and 400x120)\n",
            place=Place(path="models/lenet.py", line=12),
        ),
        outcomes=outcomes(
            1, 0, 0, *(Outcome(fault=f"later-{i}", state="not-run", why="no step was made") for i in range(60))
        ),
        next="apply the fix, then run `unstuck debug train.py` again",
        run=".unstuck/runs/9b1c",
        seconds={"start": 2.5, "observe": 0.4, "experiment": 0.6},
    ),
    "foreign-crash": Report(
        version="0.1",
        script="train.py",
        argv=(),
        outcome="crashed",
        crash=Crash(
            kind="FileNotFoundError",
            message="[Errno 2] No such file or directory: 'data/labels.csv'",
            traceback="Traceback (most recent call last):\n"
            '  File "/home/ada/project/train.py", line 12, in <module>\n'
            "    for images, labels in make_loader():\n"
            "                          ^^^^^^^^^^^^^\n"
            '  File "/home/ada/project/data.py", line 8, in make_loader\n'
            '    with open("data/labels.csv") as file:\n'
            "         ^^^^^^^^^^^^^^^^^^^^^^^\n"
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/labels.csv'\n",
            place=Place(path="data.py", line=8),
        ),
        outcomes=outcomes(
            0, 0, 0, *(Outcome(fault=f"any-{i}", state="not-run", why="no step was made") for i in range(61))
        ),
        next="get the program to run, then `unstuck debug train.py` again",
        seconds={"start": 1.9},
    ),
    "healthy": Report(
        version="0.1",
        script="train.py",
        argv=(),
        outcome="healthy",
        tried=HARMLESS,
        outcomes=outcomes(0, 55, 6),
        single_batch=SingleBatch(verdict="memorised", first=2.3026, last=0.0041, steps=120),
        next="`unstuck compare train.py`: is it better than something that knows less?",
        seconds={"start": 2.71, "observe": 1.13, "experiment": 5.1},
    ),
    "suspected": Report(
        version="0.1",
        script="-m vision.train",
        argv=("--config", "run.toml"),
        outcome="faults",
        findings=(
            Finding(
                fault="learning-rate-too-high",
                verdict="suspected",
                claim="lr 0.5 makes each step of Adam move the weights by 60 % of their size",
                place=Place(path="train.py", line=9),
                saw=(Measure(name="update / weight", value=0.61, expected="about 1e-3: the field's rule of thumb"),),
                fix=Fix(title="lower the learning rate tenfold", applies="by-hand"),
            ),
        ),
        tried=(
            Trial(
                fault="learning-rate-too-high",
                change="lr 0.5: ×0.1",
                place=Place(path="train.py", line=9),
                metric="loss",
                state="undecided",
                why="seeds disagree (2 of 3 better); 3 more seeds, about 40 s: `unstuck replay 1c --seeds 6`",
            ),
            Trial(
                fault="dead-relu",
                change="leaky ReLU in `features.1`",
                place=Place(path="train.py", line=7),
                metric="loss",
                state="undecided",
                why="the sham change moved the loss by 0.2",
                control=1.9,
                treated=1.7,
            ),
            Trial(
                fault="regularisation-too-strong",
                change="dropout 0.5: 0",
                place=Place(path="train.py", line=7),
                metric="held-out loss",
                state="hurts",
                why="a third of the loss",
                control=0.61,
                treated=0.48,
            ),
            Trial(
                fault="batch-norm-small-batch",
                change="batch 2: ×16",
                place=Place(path="train.py", line=7),
                metric="loss",
                state="not-run",
                why="the change touched nothing",
            ),
        ),
        notes=(
            Note(
                fault="no-seed",
                claim="no seed is set, so two runs differ",
                place=Place(path="train.py", line=1),
                fix=Fix(title="call torch.manual_seed(0) first"),
            ),
        ),
        outcomes=outcomes(
            1, 40, 12, Outcome(fault="double-softmax", state="error", why="could not read the graph of `FusedLoss`")
        ),
        single_batch=SingleBatch(verdict="oscillates", first=2.4, last=3.9, steps=80),
        next="decide it: `unstuck replay 1c --seeds 6`, about 40 s",
        seconds={"start": 12.2, "observe": 3, "experiment": 60.4, "report": 0.2},
    ),
}


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> tuple[str, Report]:
    return request.param, EXAMPLES[request.param]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    for name, text in PROGRAMS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


hostile = st.sampled_from(
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "[bold red]markup[/]",
        ":smile:",
        "\x9b2J",
        "\u202eevil",
        "日本語" * 9,
        "a" * 300,
        "one\ntwo\r\nthree",
        "\t\ttabs",
        "👩‍👩‍👧 family",
        "e\u0301" * 60,
        "\x00\x07\x08",
        "train.py",
    ]
)
texts = st.text(max_size=40) | hostile | st.lists(hostile, max_size=4).map(" ".join)
numbers = st.floats() | st.integers(-(10**9), 10**9)
maybe_number = st.none() | numbers
places = st.builds(
    Place,
    path=texts,
    line=st.integers(0, 40),
    column=st.none() | st.tuples(st.integers(0, 90), st.integers(0, 90)),
    object=texts,
    step=st.none() | st.integers(0, 10**6),
)
measures = st.builds(Measure, name=texts, value=numbers | texts, unit=texts, expected=texts)
curves = st.dictionaries(
    st.sampled_from(["control", "treated"]) | texts, st.lists(numbers, max_size=60).map(tuple), max_size=5
)
proofs = st.builds(
    Proof,
    kind=st.sampled_from(["experiment", "read off"]),
    change=texts,
    metric=texts,
    control=maybe_number,
    treated=maybe_number,
    floor=maybe_number,
    interval=st.none() | st.tuples(numbers, numbers),
    curves=curves,
    replay=texts,
)
diffs = texts | st.lists(st.sampled_from("+- @").flatmap(lambda mark: texts.map(mark.__add__)), max_size=20).map(
    "\n".join
)
fixes = st.builds(Fix, title=texts, diff=diffs, applies=st.sampled_from(["exactly", "probably", "by-hand"]))


def several(items: st.SearchStrategy, most: int = 6) -> st.SearchStrategy:
    return st.lists(items, max_size=most).map(tuple)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    verdict = draw(st.sampled_from(get_args(Verdict)))
    return Finding(
        fault=draw(texts),
        verdict=verdict,
        claim=draw(texts),
        place=draw(places),
        saw=draw(several(measures)),
        proof=draw(proofs if verdict == "confirmed" else st.none() | proofs),
        fix=draw(st.none() | fixes),
        related=draw(several(places)),
        rivals=draw(several(st.builds(Rival, fault=texts, why_not=texts))),
        explains=draw(several(texts)),
        rank=draw(st.integers(0, 9)),
    )


trials = st.builds(
    Trial,
    fault=texts,
    change=texts | st.tuples(texts, texts).map(": ".join),
    place=places,
    metric=texts,
    state=st.sampled_from(get_args(TrialState)),
    why=texts,
    control=maybe_number,
    treated=maybe_number,
    floor=maybe_number,
    interval=st.none() | st.tuples(numbers, numbers),
)
any_report = st.builds(
    Report,
    version=texts,
    script=texts,
    argv=several(texts),
    outcome=st.sampled_from(get_args(ReportOutcome)),
    findings=several(findings(), 8),
    tried=several(trials, 12),
    notes=several(st.builds(Note, fault=texts, claim=texts, place=places, fix=st.none() | fixes), 12),
    outcomes=several(st.builds(Outcome, fault=texts, state=st.sampled_from(get_args(OutcomeState)), why=texts), 20),
    single_batch=st.builds(
        SingleBatch,
        verdict=st.sampled_from(get_args(SingleBatchVerdict)),
        first=maybe_number,
        last=maybe_number,
        steps=st.integers(0, 10**6),
    ),
    crash=st.none()
    | st.builds(
        Crash,
        kind=texts,
        message=texts,
        traceback=texts | st.lists(texts, max_size=90).map("\n".join),
        place=places,
    ),
    summary=texts,
    next=texts,
    run=texts,
    environment=st.dictionaries(texts, st.none() | texts | st.integers(), max_size=3),
    seconds=st.dictionaries(st.sampled_from(["start", "observe", "experiment"]) | texts, numbers, max_size=4),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    return draw(any_report)


st.register_type_strategy(Report, reports())
