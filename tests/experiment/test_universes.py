"""Universes of one program: paired, the same from both engines, back with a result whatever they do, and gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from tests.experiment.conftest import REGRESSION, Start
from tests.nursery import Nursery
from unstuck.experiment.universes.engine import ForkEngine, FreshEngine, Stopped
from unstuck.experiment.universes.spec import Result, Universe
from unstuck.facts import Change
from unstuck.program import Program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="universes are forked on Linux")

ENGINES = ("fork", "fresh")
INPUTS = {"source": "loader", "loader": 0, "path": [0], "target": None}
SHAM = Change(name="sham")
FASTER = Change(name="scale_learning_rate", arguments={"factor": 3.0})
BACKWARDS = Change(name="negate_loss")
BLIND = Change(name="zero_inputs", arguments={"leaves": [INPUTS]})
NO_CLIPPING = Change(name="drop_clipping")  # the program clips nothing

WORKERS = REGRESSION.replace("shuffle=True", "shuffle=True, num_workers=2, persistent_workers=True")

SUMMARY_FIRST = REGRESSION.replace(
    "for epoch",
    """
with torch.no_grad():
    for batch, goal in loader:
        model(batch)
print("summary done", flush=True)
for epoch""",
    1,
)


def key(change: Change) -> str:
    return change.key()


# -- curves ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def curves(start: Start) -> dict[str, list[Result]]:
    """The scout, then the control, a sham, three changes and one that finds nothing to change, from both engines."""
    found = {}
    for kind in ENGINES:
        engine = start(REGRESSION, kind=kind)
        scout = engine.run([Universe(full=8, states="record", fingerprint=True)])
        changes = [(), (SHAM,), (FASTER,), (BACKWARDS,), (BLIND,), (NO_CLIPPING,), (FASTER, BLIND)]
        found[kind] = scout + engine.run([Universe(changes=c, fingerprint=True) for c in changes])
    return found


def test_both_engines_give_the_same_curves(curves: dict[str, list[Result]]) -> None:
    assert [r.end for r in curves["fork"]] == [r.end for r in curves["fresh"]] == ["ended"] * 8
    assert [r.values for r in curves["fork"]] == [r.values for r in curves["fresh"]]
    assert [r.hits for r in curves["fork"]] == [r.hits for r in curves["fresh"]]
    assert [r.extra["fingerprint"] for r in curves["fork"]] == [r.extra["fingerprint"] for r in curves["fresh"]]


@pytest.mark.parametrize("kind", ENGINES)
def test_curves_are_paired_and_differ_only_by_what_was_changed(start: Start, kind: str) -> None:
    engine = start(REGRESSION, kind=kind)
    (scout,) = engine.run([Universe(full=8, states="record")])
    changed = [(), (SHAM,), (NO_CLIPPING,), (FASTER,), (BACKWARDS,), (BLIND,)]
    control, sham, idle, *effective = engine.run([Universe(changes=c) for c in changed])
    assert len(scout.values) == 30
    assert control.values == scout.values
    assert sham.values == control.values
    assert sham.hits[key(SHAM)] == 30 * 4
    assert idle.values == control.values
    assert idle.hits == {key(NO_CLIPPING): 0}
    for result in effective:
        assert result.values[1:] != control.values[1:]
        assert all(hits > 0 for hits in result.hits.values())
    assert [r.values[0] == control.values[0] for r in effective] == [True, True, False]


def test_a_change_that_cannot_be_made_is_named_with_its_reason(start: Start) -> None:
    wrong = Change(name="scale_learning_rate", arguments={"factoid": 3})
    unknown = Change(name="no_such_change")
    control, one, two = start(REGRESSION).run([Universe(), Universe(changes=(wrong,)), Universe(changes=(unknown,))])
    assert one.values == two.values == control.values
    assert "factoid" in one.extra["failures"][key(wrong)]
    assert one.hits == {key(wrong): 0}
    assert key(unknown) in two.extra["failures"]


def test_another_seed_is_another_draw_and_repeats(start: Start) -> None:
    once, again, other = start(REGRESSION).run([Universe(seed=1), Universe(seed=1), Universe(seed=2)])
    assert once.values == again.values
    assert once.values != other.values


@pytest.mark.parametrize("kind", ENGINES)
def test_a_change_that_draws_other_random_numbers_leaves_the_batches_as_they_are(start: Start, kind: str) -> None:
    net = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    net += "        self.noise, self.rest = nn.Dropout(), {}\n\n    def forward(self, x):\n        return self.rest(x)\n\n\n"
    text = REGRESSION.replace("model = ", net.format("nn.Linear(4, 1)") + "model = Net()\nunused = ")
    text = text.replace(
        "        optimizer.zero_grad()", "        model.noise(torch.ones(5))\n        optimizer.zero_grad()"
    )
    quiet = Change(
        name="bypass_call", arguments={"targets": [{"function": "dropout", "module": "noise", "site": None}]}
    )
    engine = start(text, kind=kind)
    (scout,) = engine.run([Universe(states="record")])
    paired, free = engine.run([Universe(changes=(quiet,)), Universe(changes=(quiet,), states="free")])
    assert paired.hits[key(quiet)] == 30
    assert paired.values == scout.values
    assert free.values[:6] == scout.values[:6]  # one epoch: its order was drawn before
    assert free.values[6:] != scout.values[6:]


def test_results_come_in_the_order_given_and_end_after_so_many_steps(start: Start) -> None:
    results = start(REGRESSION, cores=2).run([Universe(ticks=n) for n in (25, 1, 12, 3, 30, 99)])
    assert [len(r.values) for r in results] == [25, 1, 12, 3, 30, 30]
    assert [r.extra["steps"] for r in results] == [25, 1, 12, 3, 30, 30]
    assert [r.end for r in results] == ["limit"] * 4 + ["ended"] * 2


def test_the_program_of_the_user_may_draw_from_every_generator(start: Start) -> None:
    noisy = REGRESSION.replace("import torch\n", "import random\nimport numpy as np\nimport torch\n", 1).replace(
        "        loss =", "        batch = batch + random.random() + np.random.rand() + torch.rand(1)\n        loss ="
    )
    fork, fresh = start(noisy), start(noisy, kind="fresh")
    results = [fork.run([Universe(states="record")])[0], *fork.run([Universe(), Universe(changes=(SHAM,))])]
    results += fresh.run([Universe(states="free")])
    assert all(r.values == results[0].values for r in results)


# -- when training begins late or uses processes -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENGINES)
def test_universes_begin_where_training_begins_not_at_a_summary_before_it(start: Start, kind: str) -> None:
    first_batch = Change(name="repeat_first_batch", arguments={"leaves": [INPUTS, {**INPUTS, "path": [1]}]})
    engine = start(SUMMARY_FIRST, kind=kind)
    (scout,) = engine.run([Universe(states="record")])
    assert scout.extra["first_moment"] > 1
    early, again = engine.run([Universe(changes=(first_batch,)), Universe()])
    engine.advance(scout.extra["first_moment"])
    if kind == "fork":
        assert b"summary done" in engine.output
    (scout_then,) = engine.run([Universe(states="record")])
    late, control = engine.run([Universe(changes=(first_batch,)), Universe()])
    assert scout_then.values == control.values == scout.values == again.values
    assert late.values[0] == control.values[0]  # the first batch of training
    assert early.values[0] != control.values[0]  # not that of the summary
    assert late.hits[key(first_batch)] < early.hits[key(first_batch)]


@pytest.mark.parametrize("kind", ENGINES)
def test_loaders_with_workers_are_paired_and_leave_no_worker(start: Start, warm: Nursery, kind: str) -> None:
    engine = start(WORKERS, kind=kind)
    before = warm.descendants()
    (scout,) = engine.run([Universe(full=4, states="record")])
    control, sham, faster, again = engine.run([Universe(changes=c) for c in ((), (SHAM,), (FASTER,), ())])
    assert len(scout.values) == 30
    assert scout.values == control.values == sham.values == again.values
    assert faster.values[1:] != control.values[1:]
    assert gone(warm, before) == set()


# -- what universes do -------------------------------------------------------------------------------------------------


def misbehaving(code: str) -> str:
    """The program, which does something in its third step."""
    body = indent(dedent(code).strip("\n"), "    ")
    call = "        if epoch == 0 and int(optimizer.state.get('n', 0)) == 2:\n            misbehave()\n"
    count = "        optimizer.state['n'] = int(optimizer.state.get('n', 0)) + 1\n"
    text = REGRESSION.replace("for epoch", f"def misbehave():\n{body}\n\n\nfor epoch", 1)
    return text.replace("        loss =", call + count + "        loss =", 1)


def gone(nursery: Nursery, before: set[int], seconds: float = 0.0) -> set[int]:
    """What is still there that was not before, after so many seconds at most."""
    until = time.monotonic() + seconds
    while (left := nursery.descendants() - before) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def files_in(*folders: Path) -> dict[str, Any]:
    """Everything below some folders but for the program, with its content and times."""
    found: dict[str, Any] = {}
    for path in (p for folder in folders for p in sorted(folder.rglob("*")) if p.name != "train.py"):
        stat = path.lstat()
        content = path.read_bytes() if path.is_file() else None
        found[str(path)] = (stat.st_mode, stat.st_size, stat.st_mtime_ns, content)
    return found


BEHAVIOURS = {
    "crashes": ("raise ValueError('broken')", "crashed"),
    "crashes out of sight": ("import ctypes; ctypes.string_at(0)", "killed"),
    "trains for ever": ("globals().update(loader=__import__('itertools').cycle(loader))", "limit"),
    "prints 200 MB": ("for _ in range(200): print('x' * 1_000_000)", "ended"),
    "leaves": ("import sys; sys.exit(3)", "ended"),
    "leaves at once": ("import os; os._exit(4)", "killed"),
    "closes every file": ("import os; os.closerange(0, 256)", "killed"),
    "catches everything": (
        """
        while True:
            try:
                for batch, goal in loader:
                    nn.functional.mse_loss(model(batch), goal).backward()
            except BaseException:
                pass
        """,
        "limit",
    ),
    "forks": (
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(0)
        """,
        "ended",
    ),
    "trains on in a fork": ("import os; os.fork()", "ended"),
    "starts programs": (
        """
        import subprocess
        for alone in (False, True):
            subprocess.Popen(["sleep", "1000"], start_new_session=alone)
        """,
        "ended",
    ),
    "starts threads": (
        """
        import threading, time
        for daemon in (False, True):
            threading.Thread(target=time.sleep, args=(1000,), daemon=daemon).start()
        """,
        "ended",
    ),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
@pytest.mark.parametrize("kind", ENGINES)
def test_a_result_comes_back_and_nothing_is_left_of_a_universe_that(
    kind: str, name: str, start: Start, warm: Nursery
) -> None:
    code, end = BEHAVIOURS[name]
    engine = start(misbehaving(code), kind=kind)
    before = warm.descendants()
    results = engine.run([Universe(ticks=60, seconds=0.7), Universe(ticks=60, seconds=0.7, changes=(SHAM,))])
    assert [r.end for r in results] == [end, end]
    assert gone(warm, before) == set()
    assert engine.run([Universe(ticks=1)])[0].end == "limit"  # the program itself is as it was
    engine.close()
    assert gone(warm, set()) == set()


HANGING = {
    "sleeping": ("fork", "import time; time.sleep(1000)"),
    "computing": ("fork", "while True: pass"),
    "deaf": ("fork", "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); time.sleep(1000)"),
    "deaf and fresh": (
        "fresh",
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, {14}); time.sleep(1000)",
    ),
}


def test_universes_that_hang_are_ended_and_nothing_is_left_of_them(start: Start, warm: Nursery) -> None:
    """All at once: how long a universe may sleep depends on the clock alone."""
    before = warm.descendants()
    engines = {name: start(misbehaving(code), kind=kind, cores=1) for name, (kind, code) in HANGING.items()}
    hosts = warm.descendants() - before
    with ThreadPoolExecutor() as pool:
        runs = {name: pool.submit(engine.run, [Universe(seconds=0.05)]) for name, engine in engines.items()}
    results = {name: run.result()[0] for name, run in runs.items()}
    assert {name: result.end for name, result in results.items()} == dict.fromkeys(HANGING, "timeout")
    assert len(results["sleeping"].values) == 2  # what was seen until then is told
    assert results["deaf"].extra == results["deaf and fresh"].extra == {"how": "hung"}
    assert gone(warm, before) == hosts


def test_a_crash_shows_the_traceback_of_the_program_without_ours(start: Start) -> None:
    (result,) = start(misbehaving("raise ValueError('broken') from KeyError('why')")).run([Universe()])
    crash = result.crash
    assert crash is not None
    assert (crash["kind"], crash["message"], crash["backwards"]) == ("ValueError", "broken", 2)
    assert "KeyError: 'why'" in crash["traceback"]
    assert "unstuck/" not in crash["traceback"].replace("src/unstuck", "unstuck")
    assert [frame["function"] for frame in crash["frames"]] == ["<module>", "misbehave"]


FILES = """
import os, pathlib, shutil
for place in (pathlib.Path.cwd(), pathlib.Path.home()):
    (place / "new").write_text("new")
    (place / "kept").write_text("changed")
    os.remove(place / "removed")
    os.rename(place / "moved", place / "elsewhere")
    os.makedirs(place / "deep" / "er")
    shutil.rmtree(place / "tree")
    torch.save(model.state_dict(), place / "model.pt")
    with open(place / "log", "a") as log:
        log.write("more")
opened.write("through a file that was open before")
opened.flush()
assert not pathlib.Path("removed").exists() and pathlib.Path("kept").read_text() == "changed"
"""


@pytest.mark.parametrize("kind", ENGINES)
def test_no_file_is_changed_by_what_a_start_and_universes_write_delete_and_rename(
    start: Start, kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for place in (folder, home):
        (place / "tree").mkdir(parents=True)
        for name in ("kept", "removed", "moved", "log", "tree/leaf"):
            (place / name).write_text(name)
    text = misbehaving(FILES).replace("import torch\n", "import torch\nopened = open('open', 'w')\n", 1)
    before = files_in(folder, home)
    engine = start(text, kind=kind)
    first, second = engine.run([Universe(ticks=10), Universe(ticks=10)])
    assert files_in(folder, home) == before
    if "namespace" in (first.level, second.level):  # elsewhere it is refused, and the program says so
        assert (first.end, second.end) == ("limit", "limit"), (first.crash, second.crash)


SOCKETS = """
import socket
server = socket.create_server(("127.0.0.1", PORT))
friend = socket.create_connection(("127.0.0.1", PORT))  # its own
try:
    socket.create_connection(("127.0.0.1", OUTSIDE), timeout=2)
except OSError:
    pass
else:
    raise SystemError("the world can be reached")
"""


@pytest.mark.parametrize("kind", ENGINES)
def test_what_a_program_starts_before_it_trains_ends_with_it(start: Start, warm: Nursery, kind: str) -> None:
    before = warm.descendants()
    daemon = f"def start():\n{indent(dedent(BEHAVIOURS['forks'][0]), '    ')}\n\n\nstart()\nimport subprocess\n"
    service = "subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
    engine = start(daemon + service + REGRESSION, kind=kind)
    assert [r.end for r in engine.run([Universe(), Universe()])] == ["ended", "ended"]
    engine.close()
    assert gone(warm, before) == set()


def test_universes_have_a_network_of_their_own(start: Start, warm: Nursery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside, socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
        reserved.close()
        numbers = f"PORT, OUTSIDE = {port}, {outside.getsockname()[1]}"
        results = start(misbehaving(numbers + SOCKETS)).run([Universe(ticks=10), Universe(ticks=10)])
        outside.settimeout(0)
        with pytest.raises(BlockingIOError):
            outside.accept()
        socket.create_server(("127.0.0.1", port)).close()
    if results[0].level == "namespace":
        assert [r.end for r in results] == ["limit"] * 2, results


# -- programs that never train -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("print('hello')", {"event": "ended", "status": 0, "message": ""}),
        ("import sys; sys.exit(3)", {"event": "ended", "status": 3, "message": ""}),
        ("import sys; sys.exit('no data')", {"event": "ended", "status": 1, "message": "no data"}),
        ("import torch; import os; os._exit(5)", {"event": "gone", "status": 5}),
    ],
)
def test_a_program_that_stops_before_training_says_how(start: Start, text: str, event: dict[str, Any]) -> None:
    with pytest.raises(Stopped) as stopped:
        start(text)
    assert stopped.value.event == event


@pytest.mark.parametrize("kind", ENGINES)
def test_a_program_that_only_predicts_never_trains(start: Start, kind: str) -> None:
    text = "import torch\nwith torch.no_grad():\n    print(torch.nn.Linear(2, 1)(torch.ones(1, 2)).item())\n"
    (result,) = start(text, kind=kind).run([Universe()])
    assert result.end == "never trained"


# -- the end of the tool -----------------------------------------------------------------------------------------------

DRIVER = """
import signal, sys
from unstuck.experiment.universes.engine import ForkEngine, FreshEngine
from unstuck.experiment.universes.spec import Universe
from unstuck.program import Program

signal.signal(signal.SIGINT, signal.default_int_handler)
engine = (ForkEngine if sys.argv[1] == "fork" else FreshEngine)(Program(name="train.py"), cores=2)
try:
    engine.start()
    engine.run([Universe(ticks=10**9, seconds=500), Universe(ticks=10**9, seconds=500)])
except KeyboardInterrupt:
    pass
finally:
    engine.close()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("kind", ENGINES)
def test_no_process_outlives_a_tool_that_is_ended_by(
    number: signal.Signals, kind: str, nursery: Nursery, write: Callable[[str, str], str]
) -> None:
    write("driver.py", DRIVER)
    write("train.py", misbehaving("open('/proc/self/comm', 'w').write('in-universe'); import time; time.sleep(1000)"))
    before = nursery.descendants()
    driver = nursery.fork({"do": "script", "words": ["driver.py", kind]})
    try:
        wait_for(lambda: sum(name_of(pid) == "in-universe" for pid in nursery.descendants() - before) == 2)
        os.kill(driver.pid, number)
        assert gone(nursery, before, seconds=3.0) == set()
    finally:
        driver.kill()


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.05)


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


# -- started as the tool starts them -----------------------------------------------------------------------------------


def test_cold_engines_agree_too(write: Callable[[str, str], str]) -> None:
    program = Program(name=write("train.py", REGRESSION))
    found = []
    for kind in (ForkEngine, FreshEngine):
        engine = kind(program, cores=2)
        try:
            engine.start()
            found.append([r.values for r in engine.run([Universe(states="free"), Universe(changes=(FASTER,))])])
        finally:
            engine.close()
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]
