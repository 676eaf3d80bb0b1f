"""What a user gets on the command line: a status, one clear sentence where we cannot help, never a traceback of ours."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.experiment.conftest import REGRESSION
from tests.nursery import MARK, ROOT, marked
from unstuck import __version__, doctor
from unstuck.cli import main

SCHEMA = Draft202012Validator(json.loads((resources.files("unstuck.report") / "schema.json").read_text()))
Write = Callable[[str, str], str]
Run = Callable[..., tuple[int, str, str]]

SOUND = REGRESSION.replace("range(5)", "range(12)").replace("lr=0.01", "lr=0.05")
STUCK = SOUND.replace("        optimizer.zero_grad()\n", "")
"""Gradients add up."""

COMMAND_LINE = {
    "": {"debug", "replay", "explain", "doctor", "--help", "--version"},
    "debug": {"--help", "--format", "--output", "--budget", "--engine", "--from", "-m"},
    "replay": {"--help", "--finding"},
    "explain": {"--help"},
    "doctor": {"--help"},
}
"""A new verb or option is a decision: it is taken here."""


@pytest.fixture
def unstuck(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: exit status, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as leaving:
            status = int(str(leaving.code))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert f'File "{ROOT / "src"}' not in said.out + said.err
        return status, said.out, said.err

    return run


# -- the command line itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", COMMAND_LINE)
def test_the_command_line_is_frozen(unstuck: Run, verb: str) -> None:
    status, text, _ = unstuck(*([verb] if verb else []), "--help")
    assert status == 0
    options = set(re.findall(r"^  (?:-\w(?: [A-Z]+)?, )?(--?[a-z][a-z-]*)", text, re.MULTILINE))
    verbs = set(re.findall(r"^    ([a-z]+)  ", text, re.MULTILINE)) if not verb else set()
    assert options | verbs == COMMAND_LINE[verb]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "required"),
        (["debg"], "invalid choice"),
        (["debug", "--fromat", "json", "train.py"], "--fromat"),
        (["debug", "--form", "json", "train.py"], "--form"),
        (["debug", "--format", "xml", "train.py"], "xml"),
        (["debug", "--budget", "soon", "train.py"], "'soon' is not a number of seconds"),
        (["debug", "--budget", "-1", "train.py"], "budget"),
        (["debug", "--budget", "nan", "train.py"], "no useful number"),
        (["debug", "--engine", "warp", "train.py"], "warp"),
        (["debug"], "name a script"),
        (["debug", "-m"], "expected one argument"),
        (["replay"], "RUN"),
        (["explain", "a", "b"], "unrecognized arguments: b"),
    ],
)
def test_bad_use_is_told_in_one_sentence(unstuck: Run, folder: Path, words: Sequence[str], says: str) -> None:
    status, out, err = unstuck(*words)
    assert (status, out) == (2, "")
    assert says in err.strip().splitlines()[-1]


def test_the_version_is_told(unstuck: Run) -> None:
    assert unstuck("--version") == (0, f"unstuck {__version__}\n", "")


# -- programs that cannot be debugged ----------------------------------------------------------------------------------


def refused(said: tuple[int, str, str], sentence: str) -> None:
    """Status 2, nothing on standard output, one line on standard error."""
    status, out, err = said
    assert (status, out) == (2, "")
    assert re.fullmatch(sentence, err.strip()), err


def test_a_script_that_is_not_there_is_told_with_a_near_one(unstuck: Run, write: Write) -> None:
    refused(unstuck("debug", "nothing.py"), r"unstuck: no such script: nothing\.py")
    write("train_model.py", REGRESSION)
    refused(unstuck("debug", "trian_model.py"), r".*no such script: trian_model\.py \(did you mean train_model\.py\?\)")


def test_a_folder_is_no_script(unstuck: Run, write: Write) -> None:
    write("package/__init__.py", "")
    refused(unstuck("debug", "package"), "unstuck: package is a folder; name the script in it")
    write("package/__main__.py", "")
    refused(unstuck("debug", "package"), "unstuck: package is a folder; .*debug -m package")


@pytest.mark.parametrize("name", ["no_such_module", "package.no_such", "no_such.module", "json.tool.x"])
def test_a_module_that_is_not_there_is_told(unstuck: Run, warm: object, write: Write, name: str) -> None:
    write("package/__init__.py", "")
    refused(unstuck("debug", "-m", name), f"unstuck: no module named '{name}' .*")


def test_a_name_that_no_module_can_have_is_told(unstuck: Run, folder: Path) -> None:
    refused(unstuck("debug", "-m", "package/train.py"), "unstuck: -m wants the name of a module .*")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("print('hello')", r"unstuck: train\.py ended, and no training step was seen"),
        ("", r"unstuck: train\.py ended, and no training step was seen"),
        ("import sys; sys.exit(3)", r"unstuck: train\.py ended with exit status 3, and no training step was seen"),
        ("import sys; sys.exit('no data')", r"unstuck: train\.py ended with exit status 1: no data, and no .* seen"),
        ("import os; os._exit(7)", r"unstuck: train\.py was gone before it trained \(exit status 7\)"),
        ("import torch; torch.nn.Linear(1, 1)(torch.ones(1, 1))", r"unstuck: train\.py ended, and no training step .*"),
        (
            "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--data', required=True)\n"
            "parser.parse_args()",
            r"(?s)unstuck: train\.py ended with exit status 2.*no training step was seen.*",
        ),
    ],
)
def test_a_program_that_never_trains_is_told(
    unstuck: Run, warm: object, write: Write, text: str, sentence: str
) -> None:
    refused(unstuck("debug", write("train.py", text)), sentence)


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("x = 1\ny = (\n", "SyntaxError: '(' was never closed", 2),
        ("import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'", 1),
        ("x = 1\nname = input('which data? ')\n", "EOFError: EOF when reading a line", 2),
        ("raise ValueError('no data')\n", "ValueError: no data", 1),
        ("import os\nos.open('nothing', os.O_RDONLY)\n", "FileNotFoundError: [Errno 2] No such file or directory", 2),
        ("def f():\n    return f()\nf()\n", "RecursionError: maximum recursion depth exceeded", 2),
    ],
)
def test_the_error_of_a_program_is_shown_as_its_own(
    unstuck: Run, warm: object, write: Write, text: str, error: str, line: int
) -> None:
    status, out, err = unstuck("debug", write("train.py", text))
    assert (status, err) == (1, "")
    assert error in out
    assert re.search(rf"train\.py(\", line |:){line}\b", out), out


# -- what comes out of a diagnosis -------------------------------------------------------------------------------------


def test_a_sound_program_ends_with_status_0(unstuck: Run, warm: object, write: Write) -> None:
    status, out, err = unstuck("debug", write("train.py", SOUND))
    assert (status, err) == (0, "")
    assert "train.py" in out


def test_a_program_with_a_fault_ends_with_status_1_and_its_json_fits_its_schema(
    unstuck: Run, warm: object, write: Write, folder: Path
) -> None:
    name = write("train.py", STUCK)
    status, out, err = unstuck("debug", "--format", "json", "--budget", "30", name, "--epochs", "3")
    assert (status, err) == (1, "")
    report = json.loads(out)
    SCHEMA.validate(report)
    assert report["program"] == {"script": "train.py", "argv": ["--epochs", "3"]}
    assert [f["fault"] for f in report["findings"]] == ["missing-zero-grad"]

    again = unstuck("debug", "--format", "json", "--from", report["run"])
    assert again[0] == 1
    assert [f["fault"] for f in json.loads(again[1])["findings"]] == ["missing-zero-grad"]

    status, out, err = unstuck("replay", report["run"], "--finding", "1")
    assert (status, err) == (0, "")
    assert "the same, bit by bit" in out
    refused(unstuck("replay", report["run"], "--finding", "9"), "unstuck: .*9.*")


LIKENESS = SOUND.replace("nn.functional.mse_loss(", "likeness(").replace(
    "import",
    "def likeness(guess, wanted):\n    a, b = guess - guess.mean(), wanted - wanted.mean()\n"
    "    return (a * b).sum() / (a.norm() * b.norm() + 1e-6)\n\n\nimport",
    1,
)
"""Of a likeness the program minimises what it should raise."""


def test_a_proof_by_right_answers_can_be_replayed(unstuck: Run, warm: object, write: Write) -> None:
    status, out, _ = unstuck("debug", "--format", "json", write("train.py", LIKENESS))
    report = json.loads(out)
    assert [f["fault"] for f in report["findings"]] == ["flipped-loss-sign"]
    status, out, err = unstuck("replay", report["run"])
    assert (status, err) == (0, "")
    assert "the same, bit by bit" in out


@pytest.mark.parametrize(
    "text",
    [
        "raise ValueError('no data')",
        SOUND.replace("nn.Linear(8, 1)", "nn.Linear(9, 1)"),
        SOUND,
    ],
)
def test_every_outcome_fits_the_schema(unstuck: Run, warm: object, write: Write, text: str) -> None:
    status, out, _ = unstuck("debug", "--format", "json", write("train.py", text))
    report = json.loads(out)
    SCHEMA.validate(report)
    assert status == {"healthy": 0, "faults": 1, "crashed": 1}[report["outcome"]]


def test_the_report_goes_into_a_file_on_request(unstuck: Run, warm: object, write: Write, folder: Path) -> None:
    name = write("train.py", "raise ValueError('no data')")
    assert unstuck("debug", "--output", "report.json", "--format", "json", name) == (1, "", "")
    SCHEMA.validate(json.loads((folder / "report.json").read_text()))
    refused(unstuck("debug", "--output", "nowhere/report.txt", name), "unstuck: .*nowhere/report.txt.*")


def test_a_run_that_was_never_saved_is_told(unstuck: Run, folder: Path) -> None:
    refused(unstuck("debug", "--from", "abcdef"), "unstuck: .*abcdef.*")
    refused(unstuck("replay", "abcdef"), "unstuck: .*abcdef.*")


# -- the other verbs ---------------------------------------------------------------------------------------------------


def test_explain_lists_the_faults_and_shows_the_page_of_each(unstuck: Run) -> None:
    status, out, err = unstuck("explain")
    assert (status, err) == (0, "")
    slugs = [line.split()[0] for line in out.splitlines()]
    assert "missing-zero-grad" in slugs
    for slug in slugs:
        status, page, err = unstuck("explain", slug)
        assert (status, err) == (0, "")
        assert page.startswith(f"{slug}\n\n")
        assert "How it is proved:" in page


def test_explain_says_what_it_does_not_know(unstuck: Run) -> None:
    refused(unstuck("explain", "nonsense"), r"unstuck explain: no fault is called 'nonsense' \(.*\)")
    refused(unstuck("explain", "mising-zero-grad"), r".*\(did you mean missing-zero-grad\?\)")


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("warning", 0), ("broken", 2)])
def test_doctor_fails_only_where_something_is_broken(
    unstuck: Run, monkeypatch: pytest.MonkeyPatch, state: doctor.State, status: int
) -> None:
    check = doctor.Check(name="torch", state=state, found="none", wanted="2.4", remedy="install it")
    monkeypatch.setattr(doctor, "examine", lambda: [check])
    left, out, err = unstuck("doctor")
    assert (left, err) == (status, "")
    assert "torch" in out


# -- as a command of its own -------------------------------------------------------------------------------------------


def command(*words: str, **options: object) -> subprocess.Popen[str]:
    """`python -m unstuck` as a shell starts it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), MARK: str(Path.cwd())}
    return subprocess.Popen(
        [sys.executable, "-m", "unstuck", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        restore_signals=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
def test_control_c_ends_everything_within_three_seconds_in_one_sentence(write: Write, folder: Path) -> None:
    write("train.py", "import time\nopen('started', 'w').close()\ntime.sleep(1000)\n")
    running = command("debug", "train.py")
    until = time.monotonic() + 60
    while len(list(marked(f"{MARK}={folder}"))) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    asked = time.monotonic()
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - asked < 3.0
    assert running.returncode == 130
    assert out == ""
    assert err == "\nunstuck: stopped; nothing was changed and nothing is left running\n"
    assert list(marked(f"{MARK}={folder}")) == []


def test_a_reader_that_leaves_early_is_no_error_of_ours(folder: Path) -> None:
    running = command("explain")
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.wait(30)
    running.stderr.close()


def test_nothing_to_debug_is_told_by_the_command_too(folder: Path) -> None:
    running = command("debug", "nothing.py")
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (2, "", "unstuck: no such script: nothing.py\n")
