"""What a prediction leaves unexplained: against scikit-learn's R², whatever the scale and the spelling of the loss."""

from __future__ import annotations

import pytest

from tests.observe.test_session import Run
from tests.observe.test_session import run as run

PROGRAM = """
import json
import torch
from sklearn.metrics import r2_score
from unstuck.observe.calls import Calls
from unstuck.observe.probes.comparisons import Comparison
from unstuck.observe.session import Session

torch.manual_seed(0)
session = Session()
session.install()
calls = Calls(session)
probe = Comparison(session, calls, "unexplained")
calls.switch_on()
model = torch.nn.Linear(5, 3)
x = torch.randn(40, 5)
goal = torch.sigmoid(torch.randn(40, 3) + x[:, :3]) * SCALE
loss = LOSS
loss.backward()
with torch.no_grad():
    prediction = READ(model(x))
calls.switch_off()
wanted = 1 - r2_score(goal, prediction, multioutput="variance_weighted")
print(json.dumps([probe.record(), wanted]))
"""
SPELLINGS = {
    "mse": ("torch.nn.functional.mse_loss(model(x), goal)", ""),
    "module": ("torch.nn.L1Loss()(model(x), goal)", ""),
    "by hand": ("((model(x) - goal) ** 2).sum()", ""),
    "turned round": ("((goal - model(x)) ** 2).mean()", ""),
    "logits": ("torch.nn.functional.binary_cross_entropy_with_logits(model(x), goal)", "torch.sigmoid"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_it_is_one_minus_r2(run: Run, spelling: str, scale: float) -> None:
    loss, read = SPELLINGS[spelling]
    seen, wanted = run(PROGRAM.replace("SCALE", str(scale)).replace("LOSS", loss).replace("READ", read))
    assert seen == [pytest.approx(wanted, rel=1e-4)]


def test_classes_are_no_values(run: Run) -> None:
    text = PROGRAM.replace("SCALE", "1").replace("READ", "")
    text = text.replace("LOSS", "torch.nn.functional.cross_entropy(model(x), goal.argmax(1))")
    assert run(text)[0] == [float("inf")]
