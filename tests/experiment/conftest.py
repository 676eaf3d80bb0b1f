"""A small program, and engines that run universes of it from the nursery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.nursery import Nursery
from unstuck.experiment.universes.engine import ForkEngine, FreshEngine
from unstuck.program import Program

REGRESSION = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
inputs = torch.randn(96, 4)
targets = inputs @ torch.tensor([[1.0], [-2.0], [3.0], [0.5]]) + 0.1 * torch.randn(96, 1)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=16, shuffle=True)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(5):
    for batch, goal in loader:
        loss = nn.functional.mse_loss(model(batch), goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print("trained")
"""
"""30 steps on data that a loader shuffles."""

Start = Callable[..., Any]


@pytest.fixture
def start(warm: Nursery, write: Callable[[str, str], str]) -> Iterator[Start]:
    """Starts an engine on a program given as text; ends it with the test."""
    engines = []

    def started(text: str, *, kind: str = "fork", cores: int = 2, argv: tuple[str, ...] = ()) -> Any:
        program = Program(name=write(f"train{len(engines) or ''}.py", text), argv=argv)
        engine = (ForkEngine if kind == "fork" else FreshEngine)(program, cores=cores)
        engines.append(engine)
        engine.start()
        return engine

    yield started
    for engine in engines:
        engine.close()
