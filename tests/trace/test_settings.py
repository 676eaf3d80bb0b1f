"""Where the number of a setting is written, and where what meets in a helper is handed over."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from unstuck.facts import Place
from unstuck.trace.provenance import written
from unstuck.trace.source import handed_over


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def placed(tmp_path: Path, text: str, at: str) -> Place:
    path = tmp_path / "train.py"
    path.write_text(textwrap.dedent(text))
    return Place(path=str(path), line=line_of(path.read_text(), at))


SETTINGS = {
    "a default of an option": """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.5)  # here
        args = parser.parse_args()
        opt = SGD(net.parameters(), lr=args.lr)  # call
        """,
    "a field of a data class, of another function": """
        @dataclass
        class Plan:
            lr: float = 0.5  # here
            batch: int = 32
        def train(plan):
            opt = SGD(net.parameters(), lr=plan.lr)  # call
        train(Plan(batch=8))
        """,
    "what the data class was given": """
        @dataclass
        class Plan:
            lr: float = 0.1
        def train(plan):
            opt = SGD(net.parameters(), lr=plan.lr)  # call
        train(Plan(lr=0.5))  # here
        """,
    "an entry of a dictionary": """
        CONFIG = {
            "lr": 0.5,  # here
            "batch": 32,
        }
        opt = SGD(net.parameters(), lr=float(CONFIG["lr"]))  # call
        """,
    "a constant, given by position": """
        RATE = 0.5  # here
        opt = SGD(net.parameters(), RATE)  # call
        """,
    "a default of a parameter": """
        def train(net, lr=0.5):  # here
            opt = SGD(net.parameters(), lr=lr)  # call
        train(net)
        """,
    "an argument of the call": """
        class Trainer:
            def __init__(self, net, lr):
                self.opt = SGD(net.parameters(), lr=lr)  # call
        Trainer(net, lr=0.5)  # here
        """,
    "a group of its own": """
        def groups(net, rate):
            return [{"params": net.head.parameters(), "lr": 0.1},
                    {"params": net.body.parameters(), "lr": rate}]
        RATE = 0.5  # here
        opt = SGD(groups(net, RATE))  # call
        """,
    "a step by hand": """
        rate = 0.5  # here
        for step in range(9):
            for p in net.parameters():
                p.data -= rate * p.grad  # call
        """,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_line_that_gives_a_setting_its_number(tmp_path: Path, name: str) -> None:
    call = placed(tmp_path, SETTINGS[name], "# call")
    found = written(call, ("lr",), value=0.5)
    assert found.constant is not None
    assert found.constant.line == line_of(Path(call.path).read_text(), "# here")
    assert found.argument.line == call.line


UNKNOWN = {
    "read from a file": "config = json.load(open('c.json'))\nopt = SGD(net.parameters(), lr=config['lr'])  # call",
    "computed": "base = 0.1\nopt = SGD(net.parameters(), lr=base * world)  # call",
    "in the call itself": "opt = SGD(net.parameters(), lr=0.5)  # call",
    "the opposite of what the argument is": "keep_prob = 0.5\nopt = SGD(net.parameters(), lr=keep_prob)  # call",
    "no such argument": "size = 0.5\nopt = SGD(net.parameters())  # call",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_no_line_is_made_up(tmp_path: Path, name: str) -> None:
    call = placed(tmp_path, UNKNOWN[name], "# call")
    assert written(call, ("lr",), value=0.5).constant is None


def test_a_constant_of_another_value_is_not_meant(tmp_path: Path) -> None:
    call = placed(tmp_path, SETTINGS["a default of an option"], "# call")
    assert written(call, ("lr",), value=0.7).constant is None


@pytest.mark.parametrize(
    ("text", "names", "column"),
    [
        ("net = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.9))", ("p",), (48, 51)),
        ("opt = SGD(filter(free, net.parameters()), lr=0.1)", ("lr",), (42, 48)),
        ("opt = SGD(filter(free, net.parameters()), 0.1)", ("lr",), (42, 45)),
    ],
)
def test_the_argument_of_the_call_that_is_meant(
    tmp_path: Path, text: str, names: tuple[str, ...], column: tuple[int, int]
) -> None:
    assert written(placed(tmp_path, text, text), names).argument.column == column


def test_an_option_that_was_given_has_no_default(tmp_path: Path) -> None:
    call = placed(tmp_path, SETTINGS["a default of an option"], "# call")
    assert written(call, ("lr",), argv=("--epochs", "3")).constant is not None
    assert written(call, ("lr",), argv=("--lr", "0.7")).constant is None
    assert written(call, ("lr",), argv=("--lr=0.7",)).constant is None


def test_an_argument_on_a_line_of_its_own(tmp_path: Path) -> None:
    text = "opt = SGD(  # call\n    net.parameters(),\n    momentum=0.9,\n    lr=0.5,\n)"
    call = placed(tmp_path, text, "# call")
    assert written(call, ("lr",)).argument.line == 4


def test_a_file_that_cannot_be_read() -> None:
    place = Place(path="/nowhere/train.py", line=3)
    assert written(place, ("lr",)).argument == place


HELPERS = """
def distance(guess, wanted):
    return (guess - wanted).abs().mean()  # distance


def weighted(guess, wanted):
    return 2.0 * distance(guess, wanted)  # weighted


def step(net, x, y):
    loss = weighted(net(x), y)  # step
    direct = (net(x) - y).abs()  # direct
    kept = y.float()
    return loss + (x - kept).mean()  # kept


step(net, rows, labels)  # program
"""


@pytest.mark.parametrize(
    ("start", "others", "wanted"),
    [
        ("# distance", ("# weighted", "# step", "# program"), "# step"),
        ("# direct", ("# program",), "# direct"),
        ("# kept", ("# program",), "# kept"),
        ("# distance", (), "# distance"),
    ],
)
def test_what_a_helper_only_takes_comes_together_at_its_call(
    tmp_path: Path, start: str, others: tuple[str, ...], wanted: str
) -> None:
    places = [placed(tmp_path, HELPERS, part) for part in (start, *others)]
    assert handed_over(places[0], tuple(places[1:])).line == line_of(HELPERS, wanted)
