"""Through the public surface: programs in phases, training by hand, programs that learn nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

DATA = """
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
x = torch.randn(1500, 12)
kind = (x[:, 0] * x[:, 1] > 0).long() + 2 * (x[:, 2] > 0).long()
"""
PHASES = (
    DATA
    + """
body = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
model = nn.Sequential(body, nn.Linear(32, 12))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(120):
    rows = torch.randint(len(x), (64,))
    loss = F.mse_loss(model(x[rows]), x[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model = nn.Sequential(body, nn.Linear(32, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
for step in range(400):
    rows = torch.randint(len(x), (64,))
    loss = F.cross_entropy(model(x[rows]), kind[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)
BY_HAND = (
    DATA
    + """
w1 = (torch.randn(12, 48) * 0.3).requires_grad_()
b1 = torch.zeros(48, requires_grad=True)
w2 = (torch.randn(48, 4) * 0.2).requires_grad_()
b2 = torch.zeros(4, requires_grad=True)
parameters = [w1, b1, w2, b2]
for step in range(600):
    rows = torch.randint(len(x), (64,))
    loss = F.cross_entropy(torch.tanh(x[rows] @ w1 + b1) @ w2 + b2, kind[rows])
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients):
            parameter -= RATE * gradient
"""
)
NOISE = """
import torch

torch.manual_seed(0)
w = torch.zeros(5, 1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01)
for step in range(200):
    x, y = torch.randn(32, 5), torch.randn(32, 1)
    loss = ((x @ w - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def debug(folder: Path, text: str) -> dict[str, Any]:
    (folder / "train.py").write_text(text)
    command = [sys.executable, "-m", "unstuck", "debug", "--format", "json", "train.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_fault_of_the_second_phase_is_found_there(tmp_path: Path) -> None:
    report = debug(tmp_path, PHASES.replace("RATE", "1e-7"))
    assert [f["fault"] for f in report["findings"]] == ["learning-rate-too-low"]
    assert report["findings"][0]["place"]["line"] == PHASES[: PHASES.index("lr=RATE")].count("\n") + 1


def test_two_sound_phases_are_silent(tmp_path: Path) -> None:
    report = debug(tmp_path, PHASES.replace("RATE", "3e-3"))
    assert report["findings"] == []
    assert report["outcome"] == "healthy"


def test_the_rate_of_an_update_by_hand_is_named_at_its_line(tmp_path: Path) -> None:
    report = debug(tmp_path, BY_HAND.replace("RATE", "1e-5"))
    assert [f["fault"] for f in report["findings"]] == ["learning-rate-too-low"]
    assert report["findings"][0]["place"]["line"] == BY_HAND[: BY_HAND.index("parameter -=")].count("\n") + 1


def test_a_sound_update_by_hand_is_silent(tmp_path: Path) -> None:
    assert debug(tmp_path, BY_HAND.replace("RATE", "0.3"))["findings"] == []


def test_a_program_that_learns_nothing_is_not_called_healthy(tmp_path: Path) -> None:
    report = debug(tmp_path, NOISE)
    assert report["findings"] == []
    assert report["outcome"] == "inconclusive"
    assert "--budget" in report["next"]
