"""The anchors: PyTorch is left as it was found, and each event of a program is told once."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from tests.nursery import Nursery

Run = Callable[[str], Any]


@pytest.fixture
def run(nursery: Nursery, write: Callable[[str, str], str]) -> Run:
    """Runs a script in a process of its own; returns what it printed as JSON."""

    def ran(text: str) -> Any:
        said = nursery.run(write("script.py", text)).decode()
        try:
            return json.loads(said.strip().splitlines()[-1])
        except (ValueError, IndexError):
            raise AssertionError(said) from None

    return ran


# -- installing and removing -------------------------------------------------------------------------------------------

SNAPSHOT = """
import json
import torch
import torch.autograd.graph, torch.nn.utils.clip_grad, torch.utils.data.dataloader
import torch.optim.optimizer as hooks
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.dataloader import _BaseDataLoaderIter
from unstuck.observe.anchors import construction
from unstuck.observe.session import Session

OWNERS = [
    torch, torch.nn.Module, torch.optim.Optimizer, torch.optim.SGD, torch.Tensor, torch._C.TensorBase, DataLoader,
    _BaseDataLoaderIter, TensorDataset, LRScheduler, torch.autograd, torch.autograd.graph, torch.nn.utils,
    torch.nn.utils.clip_grad, hooks, torch.utils.data.dataloader, torch.nn.Linear, torch.nn.init,
]


def snapshot():
    found = {(str(owner), name): value for owner in OWNERS for name, value in vars(owner).items()}
    for registry in (hooks._global_optimizer_pre_hooks, hooks._global_optimizer_post_hooks):
        found |= {("hooks", id(registry), key): hook for key, hook in registry.items()}
    found["modes"] = torch._C._len_torch_function_stack()
    return found


def differences(before, after):
    return sorted(str(key) for key in before.keys() | after.keys() if before.get(key) is not after.get(key))


def train():
    from torch import nn

    loader = DataLoader(TensorDataset(torch.randn(12, 3), torch.randn(12, 1)), batch_size=4)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for inputs, targets in loader:
        loss = nn.functional.mse_loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()


train()  # what torch itself imports and caches at the first use is there before we look
before = snapshot()
"""


@pytest.mark.parametrize(
    "between",
    [
        "session = Session(); session.install(); session.remove()",
        "session = Session(); session.install(); train(); session.remove()",
        "session = Session(); session.install(); construction.stop_watching(); train(); session.remove()",
        "session = Session(); session.install(); session.remove(); session.remove(); session.install(); session.remove()",
        "one = Session(); one.install(); two = Session(); two.install(); train(); two.remove(); one.remove()",
    ],
    ids=["installed", "trained", "construction over", "twice", "one inside the other"],
)
def test_after_removing_every_attribute_of_torch_is_the_identical_object(run: Run, between: str) -> None:
    assert run(f"{SNAPSHOT}\n{between}\nprint(json.dumps(differences(before, snapshot())))") == []


def test_this_test_would_notice_what_is_left(run: Run) -> None:
    left = run(
        f"{SNAPSHOT}\nsession = Session(); session.install()\nprint(json.dumps(differences(before, snapshot())))"
    )
    assert "(\"<class 'torch.nn.modules.module.Module'>\", '__call__')" in left
    assert len(left) > 15


def test_probes_leave_the_function_mode_stack_as_it_was(run: Run) -> None:
    text = """
session = Session()
session.install()
from unstuck.observe.recorder import Recorder
recorder = Recorder(session, full=2)
train()
session.remove()
print(json.dumps(differences(before, snapshot())))
"""
    assert run(SNAPSHOT + text) == []


# -- events ------------------------------------------------------------------------------------------------------------

LISTEN = """
import json, os
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from unstuck.observe.session import Session

session = Session()
session.install()
seen, on = [], session.on


def tell(name):
    def listen(*args):
        seen.append(name)
        return args[0] if name == "batch" else args[1:] if name == "enter" else None
    return listen


for name in ("iterate", "draw", "batch", "enter", "leave", "backward", "after_backward", "before_step", "after_step", "clip"):
    getattr(on, name).append(tell(name))
x, y = torch.randn(8, 3), torch.randn(8, 1)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
loss = lambda: nn.functional.mse_loss(model(x), y)
"""

FORWARD = ["enter", "leave"]
BACKWARD = ["backward", "after_backward"]
STEP = ["before_step", "after_step"]

PROGRAMS: dict[str, tuple[str, list[str]]] = {
    "a plain loop": (
        "for _ in range(3): optimizer.zero_grad(); loss().backward(); optimizer.step()",
        3 * (FORWARD + BACKWARD + STEP),
    ),
    "a loader": (
        "for a, b in DataLoader(TensorDataset(x, y), batch_size=4): nn.functional.mse_loss(model(a), b).backward()",
        ["iterate", *2 * ["draw", "batch", *FORWARD, *BACKWARD], "draw"],
    ),
    "a loader with a worker": (
        """
class Rows(Dataset):
    def __len__(self): return 8
    def __getitem__(self, i):
        model(x).sum().backward()
        return x[i]
for rows in DataLoader(Rows(), batch_size=4, num_workers=1): pass
""",
        ["iterate", *2 * ["draw", "batch"], "draw"],
    ),
    "accumulation": (
        "for i in range(4):\n    (loss() / 4).backward()\noptimizer.step()",
        4 * (FORWARD + BACKWARD) + STEP,
    ),
    "a closure": (
        """
def closure():
    optimizer.zero_grad()
    value = loss()
    value.backward()
    return value
optimizer.step(closure)
""",
        ["before_step", *FORWARD, *BACKWARD, "after_step"],
    ),
    "a closure that is called several times": (
        """
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)
def closure():
    optimizer.zero_grad()
    value = loss()
    value.backward()
    return value
optimizer.step(closure)
""",
        ["before_step", *3 * (FORWARD + BACKWARD), "after_step"],
    ),
    "an optimizer that calls the step it inherits": (
        """
class Warm(torch.optim.SGD):
    def step(self, closure=None):
        return super().step(closure)
class Warmer(Warm):
    def step(self, closure=None):
        super().step(closure)
        return super().step(closure)
optimizer = Warmer(model.parameters(), lr=0.01)
loss().backward()
optimizer.step()
""",
        FORWARD + BACKWARD + STEP,
    ),
    "an optimizer inside another": (
        """
class Outer(torch.optim.Optimizer):
    def __init__(self, inner): super().__init__(inner.param_groups, {}); self.inner = inner
    def step(self, closure=None): self.inner.step()
loss().backward()
Outer(optimizer).step()
""",
        FORWARD + BACKWARD + ["before_step", "before_step", "after_step", "after_step"],
    ),
    "a scheduler": (
        "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)\nloss().backward(); optimizer.step(); scheduler.step()",
        FORWARD + BACKWARD + STEP,
    ),
    "a step that was captured before": (
        "step = optimizer.step\nloss().backward()\nstep()",
        FORWARD + BACKWARD + STEP,
    ),
    "Adam over all parameters at once": (
        "optimizer = torch.optim.Adam(model.parameters(), foreach=True)\nloss().backward(); optimizer.step()",
        FORWARD + BACKWARD + STEP,
    ),
    "a fused Adam": (
        "optimizer = torch.optim.Adam(model.parameters(), fused=True)\nloss().backward(); optimizer.step()",
        FORWARD + BACKWARD + STEP,
    ),
    "a gradient scaler": (
        """
scaler = torch.amp.GradScaler("cpu")
scaler.scale(loss()).backward()
scaler.step(optimizer)
scaler.update()
""",
        FORWARD + BACKWARD + STEP,
    ),
    "backward as a function": ("torch.autograd.backward(loss())", FORWARD + BACKWARD),
    "backward as a function imported by name": (
        "from torch.autograd import backward\nbackward([loss()])",
        FORWARD + BACKWARD,
    ),
    "backward on two losses at once": ("torch.autograd.backward([loss(), loss()])", 2 * FORWARD + BACKWARD),
    "gradients for an update by hand": (
        "torch.autograd.grad(loss(), list(model.parameters()))",
        FORWARD + BACKWARD,
    ),
    "gradients of the inputs": (
        "x.requires_grad_()\ntorch.autograd.grad(loss(), x)",
        FORWARD,
    ),
    "a gradient penalty": (
        """
x.requires_grad_()
(slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
(slope ** 2).sum().backward()
""",
        FORWARD + BACKWARD,
    ),
    "two backwards through one graph": (
        "value = loss(); value.backward(retain_graph=True); value.backward()",
        FORWARD + 2 * BACKWARD,
    ),
    "a checkpoint that runs backward inside backward": (
        """
from torch.utils.checkpoint import checkpoint
part = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
hidden = checkpoint(part, x.requires_grad_(), use_reentrant=True)
model(hidden).sum().backward()
""",
        [
            "enter",
            "leave",
            "leave",
            "leave",
            *FORWARD,
            "backward",
            "enter",
            "leave",
            "leave",
            "leave",
            "after_backward",
        ],
    ),
    "modules inside modules": (
        "net = nn.Sequential(nn.Sequential(nn.Linear(3, 3), nn.ReLU()), model)\nnet(x)",
        ["enter", *5 * ["leave"]],
    ),
    "a loss module without parameters": ("nn.MSELoss()(x, x)", ["leave"]),
    "a model whose error is caught": (
        "try:\n    model(torch.randn(2, 9))\nexcept RuntimeError:\n    pass\nmodel(x)",
        ["enter", *FORWARD],
    ),
    "a backward whose error is caught": (
        "try:\n    x.sum().backward()\nexcept RuntimeError:\n    pass\nloss().backward()",
        ["backward", *FORWARD, *BACKWARD],
    ),
    "clipping by either name": (
        """
from torch.nn.utils import clip_grad_norm_
loss().backward()
clip_grad_norm_(model.parameters(), 1.0)
nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)
""",
        FORWARD + BACKWARD + ["clip", "clip"],
    ),
    "training by hand": (
        "w = torch.randn(3, 1, requires_grad=True)\n((x @ w - y) ** 2).mean().backward()\nw.data -= 0.1 * w.grad",
        BACKWARD,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_event_is_told_once_by(run: Run, name: str) -> None:
    text, expected = PROGRAMS[name]
    seen, steps, backwards = run(f"{LISTEN}\n{text}\nprint(json.dumps([seen, session.steps, session.backwards]))")
    assert [*groupby_count(seen)] == [*groupby_count(expected)]
    assert backwards == expected.count("backward")
    assert steps == expected.count("after_step")


def groupby_count(events: list[str]) -> list[tuple[str, int]]:
    """Runs of equal events, to be read in a failure."""
    return [(name, len(list(group))) for name, group in groupby(events)]


def test_a_program_that_forks_tells_nothing_of_its_child(run: Run) -> None:
    text = """
reading, writing = os.pipe()
if os.fork() == 0:
    loss().backward(); optimizer.step()
    os.write(writing, json.dumps(seen).encode())
    os._exit(0)
os.wait()
print(json.dumps([json.loads(os.read(reading, 9999)), seen]))
"""
    assert run(LISTEN + text) == [[], []]


def test_what_listeners_return_is_what_the_program_gets(run: Run) -> None:
    text = """
on.batch.append(lambda batch: [part * 0 for part in batch])
on.enter.append(lambda module, args, kwargs: ((args[0] + 1,), kwargs))
on.backward.append(lambda event: event.gradients.__setitem__(0, torch.tensor(-1.0)))
(a, b), = DataLoader(TensorDataset(x, y), batch_size=8)
out = model(a)
out.sum().backward()
ones = nn.functional.linear(torch.ones(8, 3), model.weight, model.bias)
print(json.dumps([a.abs().sum().item(), torch.equal(out, ones), model.bias.grad.item()]))
"""
    assert run(LISTEN + text) == [0.0, True, -8.0]


# -- where things were made --------------------------------------------------------------------------------------------


def test_places_are_the_lines_of_the_program(run: Run) -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 1)


def build():
    return Net()


net = build()
import copy
twin = copy.deepcopy(net)
lines = open(__file__).read().splitlines()
line = lambda thing: lines[session.place_of(thing).line - 1].strip()
print(json.dumps([line(net), line(net.inner), line(twin.inner), line(optimizer)]))
"""
    built = "self.inner = nn.Linear(3, 1)"
    made = "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)"
    assert run(LISTEN + text) == ["return Net()", built, built, made]


def test_names_are_those_of_the_model_that_was_called_first(run: Run) -> None:
    text = """
net, other = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)), nn.Linear(3, 1)
net(x); other(x)
print(json.dumps([session.parameter_names()[id(p)] for p in [*net.parameters(), *other.parameters()]]))
"""
    names = ["0.weight", "0.bias", "1.weight", "1.bias", "[Linear] weight", "[Linear] bias"]
    assert run(LISTEN + text) == names
