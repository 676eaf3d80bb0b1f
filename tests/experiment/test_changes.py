"""A program with a change does what the same program with that edit does: bit for bit, and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.nursery import Nursery
from unstuck.experiment.changes import names
from unstuck.facts import Change

LABORATORY = str(Path(__file__).parent / "laboratory.py")

PROGRAM = """
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(3)
x = torch.randn(24, 4)
y = x @ torch.tensor([[1.0], [-2.0], [3.0], [0.5]])


class Rows(Dataset):
    def __len__(self):
        return len(x)

    def __getitem__(self, row):
        drawn.append(row)
        return x[row], y[row]


loader = DataLoader(Rows(), batch_size=8, shuffle=True)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.25), nn.Linear(6, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
schedule = None
for epoch in range(2):
    for batch, goal in loader:
        out = net(batch)
        loss = F.mse_loss(out, goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        note(net, loss, inputs=batch.tolist(), targets=goal.tolist(), rate=optimizer.param_groups[0]["lr"])
"""

INPUT = {"source": "loader", "loader": 0, "path": [0], "target": None}
TARGET = {"source": "loader", "loader": 0, "path": [1], "target": None}
MODEL = "net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.25), nn.Linear(6, 1))"
OPTIMIZER = "torch.optim.SGD(net.parameters(), lr=0.05)"
FORWARD = "out = net(batch)"
LOSS = "loss = F.mse_loss(out, goal)"
ALIKE = "F.cosine_similarity(out, goal, dim=0)"
CLASSES = {"F.mse_loss": "F.cross_entropy", "nn.Linear(6, 1)": "nn.Linear(6, 3)"}
KINDS = {**CLASSES, "y = x @": "y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()\nz = x @"}


@dataclass
class Run:
    """What the laboratory said."""

    notes: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    hits: dict[str, int]
    failures: dict[str, str]
    crash: str

    def column(self, name: str) -> list[Any]:
        return [note[name] for note in self.notes]


@pytest.fixture
def run(nursery: Nursery, write: Callable[[str, str], str]) -> Callable[..., Run]:
    def ran(text: str, *changes: Change, look: bool = False, **more: Any) -> Run:
        order = {**more} if look else {"changes": [asdict(c) for c in changes], **more}
        said = nursery.run(LABORATORY, write("program.py", text), json.dumps(order)).decode()
        return Run(**json.loads(said.strip().splitlines()[-1]))

    return ran


def edited(text: str, edits: dict[str, str]) -> str:
    for old, new in edits.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


Find = Callable[..., dict[str, Any]]


def arguments(**values: Any) -> Callable[[Find], dict[str, Any]]:
    return lambda find: values


@dataclass
class Edit:
    """A change, and the edit of the program that it stands for."""

    change: str
    arguments: Callable[[Find], dict[str, Any]]
    to: dict[str, str]
    """The edit."""
    program: dict[str, str] = field(default_factory=dict)
    """How the program differs from PROGRAM before it."""
    fails: bool = False
    """The program crashes without the change."""
    seen: bool = True
    """The inputs and targets that the program itself sees are those of the edited program."""


def linear(find: Find) -> dict[str, Any]:
    return {"module": "0", "root": 0}


EDITS = {
    "scale_learning_rate": Edit("scale_learning_rate", arguments(factor=3.0), {"lr=0.05": "lr=0.05 * 3.0"}),
    "set_group_values": Edit(
        "set_group_values",
        arguments(values={"momentum": 0.0, "weight_decay": 0.0}),
        {"momentum=0.9, weight_decay=0.5": "momentum=0.0"},
        {"lr=0.05": "lr=0.05, momentum=0.9, weight_decay=0.5"},
    ),
    "set_group_values, a pair": Edit(
        "set_group_values",
        arguments(values={"betas": [0.5, 0.9]}),
        {"lr=0.05": "lr=0.05, betas=(0.5, 0.9)"},
        {"SGD": "Adam"},
    ),
    "negate_loss": Edit("negate_loss", arguments(), {"loss.backward()": "(-loss).backward()"}),
    "negate_call": Edit(
        "negate_call",
        lambda find: {"target": find("cosine_similarity")},
        {f"{ALIKE}.mean()": f"(2 * {ALIKE}.detach() - {ALIKE}).mean()"},
        {LOSS: f"loss = F.mse_loss(out, goal) + {ALIKE}.mean()"},
    ),
    "answer_with_target": Edit(
        "answer_with_target",
        arguments(leaf=TARGET, form="right"),
        {FORWARD: "out = goal + 0 * net(batch)"},
    ),
    "answer_with_target, the opposite": Edit(
        "answer_with_target",
        arguments(leaf=TARGET, form="opposite"),
        {FORWARD: "out = (2 * goal.mean(0, keepdim=True).expand_as(goal) - goal) + 0 * net(batch)"},
    ),
    "answer_with_target, as logits": Edit(
        "answer_with_target",
        arguments(leaf=TARGET, form="opposite"),
        {FORWARD: "out = 0 - 8.0 * (2 * goal - 1) + 0 * net(batch)"},
        {"y = x @": "y = (x[:, :1] > 0).float()\nz = x @", "F.mse_loss": "F.binary_cross_entropy_with_logits",
         "nn.Linear(6, 1))": "nn.Linear(6, 1))\nnn.init.constant_(net[3].bias, -5.0)"},
    ),
    "reattach, a list wrapped anew": Edit(
        "reattach",
        lambda find: {"targets": [find("tensor", last=True)]},
        {"torch.tensor(parts, requires_grad=True)": "torch.stack(parts)"},
        {LOSS: "parts = [F.mse_loss(out, goal), out.square().mean()]; loss = torch.tensor(parts, requires_grad=True).sum()"},
    ),
    "exchange_operands": Edit(
        "exchange_operands",
        lambda find: {"target": find("sub")},
        {"near - far": "far - near"},
        {LOSS: "near, far = (out - goal).abs(), (out + goal).abs(); loss = torch.relu(near - far + 0.3).mean()".replace(
            "(out - goal)", "(out + -1 * goal)")},
    ),
    "swap_labels": Edit(
        "swap_labels",
        arguments(leaves=[TARGET], total=1.0),
        {"float()[:, None]": "float()[:, None].mul(-1).add(1)"},
        {"y = x @": "y = (x[:, 0] > 0).float()[:, None]\nz = x @"},
    ),
    "squeeze_output": Edit(
        "squeeze_output",
        arguments(),
        {"(out - goal)": "(out.squeeze(1) - goal)"},
        {LOSS: "loss = ((out - goal) ** 2 / (1 + goal ** 2)).mean()", "y = x @": "y = x[:, 0].sin()\nz = x @"},
    ),
    "scale_learning_rate, one group": Edit(
        "scale_learning_rate",
        arguments(factor=3.0, group=1),
        {"'lr': 0.02": "'lr': 0.06"},
        {"SGD(net.parameters(), lr=0.05)": "SGD([{'params': net[0].parameters()}, {'params': net[3].parameters(), 'lr': 0.02}], lr=0.05)"},
    ),
    "reinitialise, as torch does": Edit(
        "reinitialise",
        arguments(names=["0.weight"], own=True),
        {"nn.init.normal_(net[0].weight)": "torch.random.manual_seed(17 + 1); nn.init.kaiming_uniform_(net[0].weight, a=5 ** 0.5)"},
        {MODEL: MODEL + "\nkept = torch.get_rng_state()\nnn.init.normal_(net[0].weight)\ntorch.set_rng_state(kept)"},
    ),
    "reduce_loss": Edit(
        "reduce_loss",
        arguments(),
        {"loss.backward()": "loss.mean().backward()"},
        {"mse_loss(out, goal)": "mse_loss(out, goal, reduction='none')"},
        fails=True,
    ),
    "clear_gradients_first": Edit(
        "clear_gradients_first",
        arguments(),
        {"loss.backward()": "optimizer.zero_grad(); loss.backward()"},
        {"        optimizer.zero_grad()\n": ""},
    ),
    "drop_clipping": Edit(
        "drop_clipping",
        arguments(),
        {"nn.utils.clip_grad_norm_(net.parameters(), 1e-3)": "pass"},
        {"        optimizer.step()": "        nn.utils.clip_grad_norm_(net.parameters(), 1e-3)\n        optimizer.step()"},
    ),
    "drop_clipping, written by hand": Edit(
        "drop_clipping",
        arguments(by_hand=True),
        {"p.grad.mul_(1e-3)": "pass"},
        {"        optimizer.step()": "        for p in net.parameters():\n            p.grad.mul_(1e-3)\n        optimizer.step()"},
    ),
    "hold_schedule": Edit(
        "hold_schedule",
        arguments(),
        {"schedule.step()": "pass"},
        {
            "schedule = None": "schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.1)",
            "        note": "        schedule.step()\n        note",
        },
    ),
    "bypass_call, a module": Edit(
        "bypass_call", lambda find: {"targets": [find("relu", module="1")]}, {"nn.ReLU()": "nn.Identity()"}
    ),
    "bypass_call, a function": Edit(
        "bypass_call",
        lambda find: {"targets": [find("softmax")]},
        {"F.softmax(net(batch), -1)": "net(batch)"},
        {**KINDS, FORWARD: "out = F.softmax(net(batch), -1)"},
    ),
    "make_leaky": Edit("make_leaky", lambda find: {"target": find("relu")}, {"nn.ReLU()": "nn.LeakyReLU(0.1)"}),
    "centre_rectifier": Edit(
        "centre_rectifier",
        lambda find: {"target": find("relu")},
        {"nn.ReLU()": "Centred()", "net = nn": "class Centred(nn.Module):\n    shift = None\n\n    def forward(self, x):\n        if self.shift is None:\n            self.shift = x.detach().mean(0, keepdim=True)\n        return torch.relu(x - self.shift)\n\n\nnet = nn"},
    ),
    "zero_inputs": Edit("zero_inputs", arguments(leaves=[INPUT]), {FORWARD: "batch = batch * 0; out = net(batch)"}),
    "zero_inputs, of the model": Edit(
        "zero_inputs",
        arguments(leaves=[{"source": "forward", "loader": -1, "path": [0], "target": None}]),
        {FORWARD: "out = net(batch * 0)"},
    ),
    "zero_inputs, of a call": Edit(
        "zero_inputs",
        lambda find: {"leaves": [{"source": "call", "loader": -1, "path": [], "target": find("__getitem__", last=True)}]},
        {"net(batch[:])": "net(batch[:] * 0)"},
        {FORWARD: "out = net(batch[:])"},
    ),
    "rescale_inputs": Edit(
        "rescale_inputs", arguments(leaves=[INPUT], factor=0.5), {FORWARD: "batch = batch * 0.5; out = net(batch)"}
    ),
    "repeat_first_batch": Edit(
        "repeat_first_batch",
        arguments(leaves=[INPUT, TARGET]),
        {FORWARD: "first = globals().setdefault('first', (batch, goal)); batch, goal = first; out = net(batch)"},
    ),
    "shift_labels, in the loop": Edit(
        "shift_labels",
        lambda find: {"by": 1, "leaves": [{"source": "call", "loader": -1, "path": [], "target": find("__getitem__", last=True)}]},
        {"goal = y[:8]": "goal = torch.roll(y, -1, 0)[:8]"},
        {FORWARD: "batch = x[:8]; out = net(batch)", LOSS: "goal = y[:8]\n        loss = F.mse_loss(out, goal)"},
    ),
    "reshape_target": Edit(
        "reshape_target",
        lambda find: {"target": find("mse_loss")},
        {LOSS: "loss = F.mse_loss(out, goal.reshape(out.shape))"},
        {"y = x @ torch.tensor([[1.0], [-2.0], [3.0], [0.5]])": "y = x.sum(1)", "import torch\n": "import torch, warnings\nwarnings.simplefilter('ignore')\n"},
    ),
    "squeeze_target": Edit(
        "squeeze_target",
        lambda find: {"at": {"target": find("cross_entropy")}, "dim": 1},
        {"entropy(out, goal)": "entropy(out, goal.squeeze(1))"},
        {**CLASSES, "y = x @": "y = (x[:, :1] > 0).long()\nz = x @"},
        fails=True,
    ),
    "cast_target": Edit(
        "cast_target",
        lambda find: {"at": {"target": find("cross_entropy")}, "dtype": "int64"},
        {"entropy(out, goal)": "entropy(out, goal.long())"},
        {**CLASSES, "y = x @": "y = (x[:, 0] > 0).float()\nz = x @"},
        fails=True,
    ),
    "shift_target": Edit(
        "shift_target",
        lambda find: {"at": {"target": find("cross_entropy")}, "by": -1},
        {"entropy(out, goal)": "entropy(out, goal - 1)"},
        {**CLASSES, "y = x @": "y = (x[:, 0] > 0).long() + 2\nz = x @"},
        fails=True,
    ),
    "ignore_class": Edit(
        "ignore_class",
        lambda find: {"at": {"target": find("cross_entropy")}, "index": -1},
        {"entropy(out, goal)": "entropy(out, goal, ignore_index=-1)"},
        {**CLASSES, "y = x @": "y = (x[:, 0] > 0).long() - (x[:, 1] > 0).long()\nz = x @"},
        fails=True,
    ),
    "squeeze_input": Edit(
        "squeeze_input",
        lambda find: {"at": linear(find), "dim": 2},
        {FORWARD: "out = net(batch.squeeze(2))"},
        {"return x[row], y[row]": "return x[row].unsqueeze(1), y[row]"},
        fails=True,
    ),
    "unsqueeze_input": Edit(
        "unsqueeze_input",
        lambda find: {"at": {"module": "", "root": 0}, "dim": 1},
        {FORWARD: "out = net(batch.unsqueeze(1))"},
        {MODEL: "net = nn.Sequential(nn.Conv1d(1, 6, 4), nn.Flatten(), nn.Linear(6, 1))"},
        fails=True,
    ),
    "flatten_input": Edit(
        "flatten_input",
        lambda find: {"at": linear(find)},
        {FORWARD: "out = net(batch.flatten(1))"},
        {"return x[row], y[row]": "return x[row].view(2, 2), y[row]"},
        fails=True,
    ),
    "permute_input": Edit(
        "permute_input",
        lambda find: {"at": {"module": "0", "root": 0}, "order": [0, 2, 1]},
        {FORWARD: "out = net(batch.permute(0, 2, 1))"},
        {
            "return x[row], y[row]": "return x[row].view(4, 1), y[row]",
            MODEL: "net = nn.Sequential(nn.Conv1d(1, 6, 4), nn.Flatten(), nn.Linear(6, 1))",
        },
        fails=True,
    ),
    "cast_input": Edit(
        "cast_input",
        lambda find: {"at": {"module": "0", "root": 0}, "dtype": "float32"},
        {FORWARD: "out = net(batch.float())"},
        {"return x[row], y[row]": "return x[row].double(), y[row]"},
        fails=True,
    ),
    "force_mode": Edit(
        "force_mode",
        arguments(training=True),
        {"net.eval()": "net.train()"},
        {"for epoch": "net.eval()\nfor epoch"},
    ),
    "force_mode, off": Edit(
        "force_mode", arguments(training=False), {"for epoch": "net.eval()\nfor epoch"}
    ),
    "keep_gradients_on": Edit(
        "keep_gradients_on",
        lambda find: {"path": find.path, "line": find.line("torch.no_grad()")},
        {"torch.no_grad()": "torch.enable_grad()"},
        {FORWARD: "with torch.no_grad():\n            out = net(batch)"},
        fails=True,
    ),
    "reattach": Edit(
        "reattach",
        lambda find: {"targets": [find("detach")]},
        {".detach()": ""},
        {FORWARD: "out = net[3](net[:3](batch).detach())"},
    ),
    "unfreeze": Edit(
        "unfreeze",
        arguments(names=["0.weight", "0.bias"]),
        {"net[0].requires_grad_(False)": "pass"},
        {"for epoch": "net[0].requires_grad_(False)\nfor epoch"},
    ),
    "add_parameters": Edit(
        "add_parameters",
        arguments(names=["0.weight", "0.bias"]),
        {"net[3].parameters()": "net.parameters()"},
        {"SGD(net.parameters()": "SGD(net[3].parameters()"},
    ),
    "reduce_other_dimension": Edit(
        "reduce_other_dimension",
        lambda find: {"target": find("mean"), "dim": 1},
        {"mean(dim=0": "mean(dim=1"},
        {FORWARD: "out = net(torch.stack([batch, batch], 1).mean(dim=0))"},
        fails=True,
    ),
    "reduce_other_dimension, an entry": Edit(
        "reduce_other_dimension",
        lambda find: {"target": find("mean"), "dim": 1, "index": -1},
        {".mean(dim=0)": "[:, -1]"},
        {FORWARD: "out = net(torch.stack([batch, 2 * batch], 1).mean(dim=0))"},
        fails=True,
    ),
    "reshape_call": Edit(
        "reshape_call",
        lambda find: {"target": find("view")},
        {".view(": ".reshape("},
        {FORWARD: "out = net(batch.T.view(-1, 4))"},
        fails=True,
    ),
    "reshape_call, other sizes": Edit(
        "reshape_call",
        lambda find: {"target": find("view"), "sizes": [-1, 4]},
        {"view(-1, 5)": "view(-1, 4)"},
        {FORWARD: "out = net(batch.view(-1, 5))"},
        fails=True,
    ),
}  # fmt: skip


class Finder:
    """Targets by the name of the function, from a look at the program."""

    def __init__(self, seen: Run, text: str, path: str) -> None:
        self.seen, self.text, self.path = seen, text, path

    def __call__(self, function: str, *, module: str | None = None, last: bool = False) -> dict[str, Any]:
        found = [t for t in self.seen.targets if t["function"] == function and module in (None, t["module"])]
        return found[-1 if last else 0]

    def line(self, text: str) -> int:
        return next(n for n, line in enumerate(self.text.lstrip("\n").splitlines(), 1) if text in line)


def made(edit: Edit, run: Callable[..., Run], text: str) -> Change:
    return Change(name=edit.change, arguments=edit.arguments(Finder(run(text, look=True), text, "program.py")))


@pytest.mark.parametrize("name", EDITS)
def test_a_change_is_the_same_as_the_edit_it_stands_for(run: Callable[..., Run], name: str) -> None:
    edit = EDITS[name]
    text = edited(PROGRAM, edit.program)
    change = made(edit, run, text)
    changed, control, other = run(text, change), run(text), run(edited(text, edit.to))
    assert changed.failures == {}
    assert changed.crash == other.crash == ""
    assert changed.hits[change.key()] > 0
    for column in ("rows", "loss", "weights", "random"):
        assert changed.column(column) == other.column(column), column
    assert len(changed.notes) == 6
    if edit.fails:
        assert control.crash
    else:
        assert changed.column("rows")[:3] == control.column("rows")[:3]  # then dropout may have drawn more, or less
        assert changed.column("weights") != control.column("weights")


# -- what no edit of one line says -------------------------------------------------------------------------------------


def test_a_sham_changes_nothing_at_all(run: Callable[..., Run]) -> None:
    sham = Change(name="sham")
    changed, control = run(PROGRAM, sham), run(PROGRAM)
    assert changed.notes == control.notes
    assert changed.hits == {sham.key(): 6 * 4}


def test_a_schedule_goes_on_under_a_scaled_learning_rate(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, EDITS["hold_schedule"].program)
    changed, control = run(text, Change(name="scale_learning_rate", arguments={"factor": 2.0})), run(text)
    assert changed.column("rate") == control.column("rate")
    assert changed.notes[0]["weights"] != control.notes[0]["weights"]


@pytest.mark.parametrize("update", ["p.sub_(0.05 * p.grad)", "p -= 0.05 * p.grad", "p.data = p.data - 0.05 * p.grad"])
def test_steps_that_the_program_takes_itself_are_scaled(run: Callable[..., Run], update: str) -> None:
    step = f"with torch.no_grad():\n            for p in net.parameters():\n                {update}"
    text = edited(PROGRAM, {"optimizer.step()": step, OPTIMIZER: "torch.optim.SGD([torch.zeros(1)], lr=0.05)"})
    text = edited(text, {"optimizer.zero_grad()": "net.zero_grad()"})
    still = Change(name="scale_updates", arguments={"factor": 0.0})
    changed, stopped = run(text, still), run(edited(text, {"0.05 * p.grad": "0.0 * p.grad"}))
    assert changed.failures == {}
    assert changed.hits[still.key()] > 0
    assert changed.column("loss") == stopped.column("loss")
    assert changed.column("loss") != run(text).column("loss")


def test_gradients_that_are_meant_to_add_up_are_not_cleared(run: Callable[..., Run]) -> None:
    """Over several backwards before a step."""
    each = "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"
    third = "        loss.backward()\n        if len(drawn) == 24:\n            optimizer.step()\n"
    text = edited(PROGRAM, {each: third, "note(net": "len(drawn) < 24 or note(net"})
    cleared = edited(text, {"optimizer.step()": "optimizer.step(); optimizer.zero_grad()"})
    changed = run(text, Change(name="clear_gradients_first"))
    assert len(changed.notes) == 2
    assert changed.column("weights") == run(cleared).column("weights") != run(text).column("weights")


def test_standardised_inputs_have_zero_mean_and_unit_spread(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"torch.randn(24, 4)": "torch.randn(24, 4) * 500 + 300"})
    change = Change(name="standardise_inputs", arguments={"leaves": [INPUT]})
    changed, control = run(text, change), run(text)
    assert changed.hits[change.key()] == 6
    for one, other in zip(changed.notes, control.notes, strict=True):
        assert one["rows"] == other["rows"]
        assert one["targets"] == other["targets"]
    for feature in range(4):
        values = [row[feature] for row in changed.notes[0]["inputs"]]
        mean = sum(values) / 8
        assert mean == pytest.approx(0.0, abs=1e-5)
        assert sum((v - mean) ** 2 for v in values) / 7 == pytest.approx(1.0, rel=1e-4)
    assert max(abs(v) for note in changed.notes for row in note["inputs"] for v in row) < 5


def test_shuffled_labels_are_labels_of_other_rows_for_the_same_inputs(run: Callable[..., Run]) -> None:
    change = Change(name="shuffle_labels", arguments={"leaves": [TARGET]})
    changed, again, control = run(PROGRAM, change), run(PROGRAM, change), run(PROGRAM)
    assert changed.notes == again.notes
    assert changed.column("inputs") == control.column("inputs")
    assert changed.column("random") == control.column("random")
    known = [goal for note in control.notes for goal in note["targets"]]
    mixed = [goal for note in changed.notes for goal in note["targets"]]
    assert all(goal in known for goal in mixed)
    assert sum(a == b for a, b in zip(known, mixed, strict=True)) < 12
    first = changed.notes[0]["targets"]
    assert sorted(first) == sorted(control.notes[0]["targets"])


def test_labels_are_shifted_in_the_order_of_the_stored_rows(run: Callable[..., Run]) -> None:
    change = Change(name="shift_labels", arguments={"by": 2, "loader": 0})
    changed, other = run(PROGRAM, change), run(edited(PROGRAM, {"y[row]": "y[(row + 2) % 24]"}))
    assert changed.hits[change.key()] == 48
    assert changed.column("weights") == other.column("weights")
    assert [rows[::2] for rows in changed.column("rows")] == other.column("rows")  # the other row is fetched as well


def test_rows_are_drawn_in_random_order_once_each(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"shuffle=True": "shuffle=False"})
    change = Change(name="draw_in_random_order", arguments={"loader": 0})
    changed, control = run(text, change), run(text)
    orders = [[*chain(*changed.column("rows")[part])] for part in (slice(0, 3), slice(3, 6))]
    assert [*chain(*control.column("rows")[:3])] == list(range(24))
    assert all(sorted(order) == list(range(24)) for order in orders)
    assert orders[0] != orders[1]
    assert orders[0] != list(range(24))
    assert changed.hits == {change.key(): 2}


def test_stored_tensors_that_are_sliced_in_the_loop_are_put_into_one_random_order(run: Callable[..., Run]) -> None:
    sliced = "for start in range(0, 24, 8):\n        batch, goal = x[start:start + 8], y[start:start + 8]"
    text = edited(PROGRAM, {"for batch, goal in loader:": sliced})
    slices = [t for t in run(text, look=True).targets if t["function"] == "__getitem__"][:2]
    leaves = [{"source": "call", "loader": -1, "path": [], "target": target} for target in slices]
    changed = run(text, Change(name="draw_in_random_order", arguments={"leaves": leaves}))
    control = run(text)
    pairs = [list(zip(n["inputs"], n["targets"], strict=True)) for n in control.notes[:3]]
    mixed = [list(zip(n["inputs"], n["targets"], strict=True)) for n in changed.notes[:3]]
    assert sorted(chain(*pairs)) == sorted(chain(*mixed))
    assert pairs != mixed


def test_a_sampler_of_the_programs_own_hands_out_other_rows(run: Callable[..., Run]) -> None:
    own = "class Blocks(torch.utils.data.Sampler):\n    def __iter__(self):\n        yield from [list(range(i, i + 8)) for i in (0, 8, 16)]\n\n\nloader"
    text = edited(
        PROGRAM,
        {
            "loader = DataLoader(Rows(), batch_size=8, shuffle=True)": f"{own} = DataLoader(Rows(), batch_sampler=Blocks())"
        },
    )
    changed = run(text, Change(name="draw_in_random_order", arguments={"loader": 0}))
    assert changed.failures == {}
    rows = [row for note in changed.notes[:3] for row in note["rows"]]
    assert sorted(rows) == list(range(24))
    assert rows != list(range(24))


def test_rows_of_a_stream_are_mixed_with_earlier_ones_in_step_with_their_targets(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"shuffle=True": "shuffle=False", "range(2)": "range(3)"})
    changed = run(text, Change(name="mix_rows", arguments={"leaves": [INPUT, TARGET]}))
    assert changed.failures == {}
    target = {
        tuple(map(float, x)): y
        for note in run(text).notes
        for x, y in zip(note["inputs"], note["targets"], strict=True)
    }
    for note in changed.notes:
        assert [target[tuple(map(float, x))] for x in note["inputs"]] == note["targets"]
    first, later = ({tuple(x) for x in changed.notes[i]["inputs"]} for i in (0, 2))
    assert len(first) < 8 or later & first


ITEMS = {
    "shuffle=True": "shuffle=False, collate_fn=put_together",
    "loader = ": """
def put_together(items):
    return torch.stack([x for x, _ in items]), torch.stack([y for _, y in items])


loader = """,
}
"""A loader whose batches are put together by the program itself."""


@pytest.mark.parametrize("when", ["training", "probes", "always"])
def test_items_of_a_loader_are_mixed_before_they_are_put_together(run: Callable[..., Run], when: str) -> None:
    text = edited(edited(PROGRAM, ITEMS), {"range(2)": "range(3)"})
    change = Change(name="mix_rows", arguments={"loader": 0, "when": when})
    changed, control = run(text, change, look_from=5), run(text, look_from=5)
    assert changed.failures == {}
    mixed = [a != b for a, b in zip(changed.column("inputs"), control.column("inputs"), strict=True)]
    assert mixed == [when != "probes"] * 5 + [when != "training"] * 4
    target = {tuple(map(float, x)): y for n in control.notes for x, y in zip(n["inputs"], n["targets"], strict=True)}
    for note in changed.notes:
        assert [target[tuple(map(float, x))] for x in note["inputs"]] == note["targets"]


def test_nothing_moves_while_the_program_is_looked_at(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"range(2)": "range(3)"})
    looked_at, control = run(text, look_from=5), run(text)
    weights = looked_at.column("weights")
    assert weights[:5] == control.column("weights")[:5]
    assert all(w == weights[4] for w in weights[5:])
    assert looked_at.column("inputs")[:6] == control.column("inputs")[:6]  # dropout draws nothing then


def test_rows_are_mixed_by_the_numbers_they_are_drawn_by(run: Callable[..., Run]) -> None:
    by_number = {
        "for batch, goal in loader:": "for at in range(0, 24, 8):\n        rows = numbers[at : at + 8]\n"
        "        batch, goal = torch.stack([x[i] for i in rows.tolist()]), y[rows]",
        "for epoch in range(2)": "numbers = torch.arange(24)\nfor epoch in range(2)",
    }
    text = edited(PROGRAM, by_number)
    seen = run(text, look=True)
    cut = next(t for t in seen.targets if t["function"] == "__getitem__" and "numbers" in line_at(text, t))
    index = {"source": "call", "loader": -1, "path": [], "target": cut}
    changed, control = run(text, Change(name="mix_rows", arguments={"leaves": [index]})), run(text)
    assert changed.failures == {}
    assert changed.column("inputs") != control.column("inputs")
    target = {tuple(map(float, x)): y for n in control.notes for x, y in zip(n["inputs"], n["targets"], strict=True)}
    for note in changed.notes:
        assert [target[tuple(map(float, x))] for x in note["inputs"]] == note["targets"]


def line_at(text: str, target: dict[str, Any]) -> str:
    return text.lstrip("\n").splitlines()[target["site"][1] - 1] if target["site"] else ""


def test_rows_that_are_not_finite_are_replaced_by_others_of_their_batch(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"class Rows": "x[3, 1] = float('nan')\ny[7] = float('inf')\n\n\nclass Rows"})
    change = Change(name="leave_bad_rows_out", arguments={"leaves": [INPUT, TARGET]})
    changed, control = run(text, change), run(text)
    assert changed.column("rows") == control.column("rows")
    assert all(math.isfinite(loss) for loss in changed.column("loss"))
    assert not all(math.isfinite(loss) for loss in control.column("loss"))
    for one, other in zip(changed.notes, control.notes, strict=True):
        good = [
            pair
            for row, *pair in zip(other["rows"], other["inputs"], other["targets"], strict=True)
            if row not in (3, 7)
        ]
        assert all([i, t] in good for i, t in zip(one["inputs"], one["targets"], strict=True))


def test_reinitialised_parameters_are_new_and_the_rest_as_it_was(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"lr=0.05": "lr=0.0", "for epoch": "nn.init.zeros_(net[0].weight)\nfor epoch"})
    change = Change(name="reinitialise", arguments={"names": ["0.weight"]})
    changed, control = run(text, change), run(text)
    assert changed.hits == {change.key(): 1}
    assert changed.column("random") == control.column("random")
    assert changed.column("inputs") == control.column("inputs")
    weights, zeros = changed.notes[0]["weights"], control.notes[0]["weights"]
    assert set(zeros[0]) == {0.0}
    assert len(set(weights[0])) == 24
    assert max(map(abs, weights[0])) <= math.sqrt(6 / 4)
    assert weights[1:] == zeros[1:]
    assert changed.notes[-1]["weights"] == weights  # once, before the first step


def test_a_layer_is_made_as_wide_as_what_it_is_given(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"nn.Linear(6, 1)": "nn.Linear(9, 1)"})
    change = Change(name="resize_layer", arguments={"at": {"module": "3", "root": 0}, "size": 6})
    changed = run(text, change)
    assert run(text).crash
    assert changed.crash == ""
    assert len(changed.notes) == 6
    assert [len(w) for w in changed.notes[0]["weights"]] == [24, 6, 6, 1]
    assert changed.notes[0]["weights"][2] != changed.notes[-1]["weights"][2]  # the optimizer holds it


def test_rows_that_are_held_out_are_never_trained_on_and_shown_in_the_end(run: Callable[..., Run]) -> None:
    text = edited(PROGRAM, {"range(2)": "range(8)"})
    held, control = run(text, hold_out=[INPUT, TARGET], first_probe=20), run(text)
    assert held.crash == ""
    trained, shown = held.notes[:20], held.notes[20:]
    pairs = [[[*map(tuple, note["inputs"])], note["targets"]] for note in trained + shown]
    before = {row for inputs, _ in pairs[:20] for row in inputs}
    after = {row for inputs, _ in pairs[20:] for row in inputs}
    assert before.isdisjoint(after)
    assert {tuple(row) for row in chain(*control.column("inputs"))} == before | after
    assert 1 <= len(after) < len(before)
    label = {tuple(i): t for n in control.notes for i, t in zip(n["inputs"], n["targets"], strict=True)}
    assert all(label[i] == t for inputs, targets in pairs for i, t in zip(inputs, targets, strict=True))
    assert all(len(set(inputs)) == len(inputs) for inputs, _ in pairs[1:20])  # no row is its own rival in a batch
    assert held.column("rows")[:3] == control.column("rows")[:3]
    assert held.notes[18]["weights"] != held.notes[19]["weights"]
    assert all(note["weights"] == held.notes[19]["weights"] for note in shown)
    assert held.hits["hold out"] > 0


def test_rows_are_held_out_by_the_numbers_they_are_drawn_by(run: Callable[..., Run]) -> None:
    drawn = "for rows in torch.randperm(24).split(8):\n        batch, goal = x[rows, :4], y[rows]"
    text = edited(PROGRAM, {"range(2)": "range(8)", "for batch, goal in loader:": drawn})
    asked = [t for t in run(text, look=True).targets if t["function"] == "__getitem__" and "rows" in line_at(text, t)][
        :2
    ]
    numbers = {"source": "argument", "loader": -1, "path": [1], "numbers": True}
    leaves = [{**numbers, "target": target, "leads": target is asked[0]} for target in asked]
    held, control = run(text, hold_out=leaves, first_probe=20), run(text)
    assert held.crash == ""
    assert held.hits["hold out"] > 0
    before, after = (
        {tuple(row) for note in notes for row in note["inputs"]} for notes in (held.notes[:20], held.notes[20:])
    )
    assert before.isdisjoint(after)
    assert {tuple(row) for row in chain(*control.column("inputs"))} == before | after
    label = {tuple(i): t for n in control.notes for i, t in zip(n["inputs"], n["targets"], strict=True)}
    assert all(label[tuple(i)] == t for n in held.notes for i, t in zip(n["inputs"], n["targets"], strict=True))


def test_changes_add_up(run: Callable[..., Run]) -> None:
    both = {"lr=0.05": "lr=0.05 * 3.0", "nn.ReLU()": "nn.LeakyReLU(0.1)"}
    find = Finder(run(PROGRAM, look=True), PROGRAM, "program.py")
    leaky = Change(name="make_leaky", arguments={"target": find("relu")})
    faster = Change(name="scale_learning_rate", arguments={"factor": 3.0})
    assert run(PROGRAM, leaky, faster).notes == run(PROGRAM, faster, leaky).notes
    assert run(PROGRAM, leaky, faster).column("weights") == run(edited(PROGRAM, both)).column("weights")


def test_a_change_that_finds_nothing_to_do_has_no_hits(run: Callable[..., Run]) -> None:
    elsewhere = {"function": "relu", "module": "9", "site": None}
    idle = [
        Change(name="bypass_call", arguments={"targets": [elsewhere]}),
        Change(name="make_leaky", arguments={"target": elsewhere}),
        Change(name="set_group_values", arguments={"values": {"lr": 0.05, "betas": [0.5, 0.9]}}),
        Change(name="drop_clipping"),
        Change(name="hold_schedule"),
        Change(name="unfreeze", arguments={"names": ["0.weight"]}),
        Change(name="add_parameters", arguments={"names": ["0.weight", "nothing"]}),
        Change(name="reinitialise", arguments={"names": ["nothing"]}),
        Change(name="force_mode", arguments={"training": True}),
        Change(name="zero_inputs", arguments={"leaves": [{**INPUT, "loader": 5}]}),
        Change(name="leave_bad_rows_out", arguments={"leaves": [INPUT, TARGET]}),
        Change(name="reduce_loss"),
        Change(name="keep_gradients_on", arguments={"path": "elsewhere.py", "line": 1}),
    ]
    changed = run(PROGRAM, *idle)
    assert changed.failures == {}
    assert changed.hits == {change.key(): 0 for change in idle}
    assert changed.notes == run(PROGRAM).notes


def test_a_change_acts_in_training_and_not_on_held_out_rows(run: Callable[..., Run]) -> None:
    shuffled = Change(name="shuffle_labels", arguments={"leaves": [TARGET]})
    text = edited(PROGRAM, {"range(2)": "range(8)"})
    changed = run(text, shuffled, hold_out=[INPUT, TARGET], first_probe=20)
    plain = run(text, hold_out=[INPUT, TARGET], first_probe=20)
    assert changed.column("targets")[20:] == plain.column("targets")[20:]
    assert changed.column("targets")[:20] != plain.column("targets")[:20]
    assert changed.column("inputs") == plain.column("inputs")


ELSEWHERE = {"leave_rows_out"}
"""Needs the places of rows, which the scout finds out: tested with what finds them."""


def test_every_change_is_tested_here() -> None:
    known = {edit.change for edit in EDITS.values()} | ELSEWHERE
    text = Path(__file__).read_text()
    assert [name for name in names() if name not in known and f'name="{name}"' not in text] == []
