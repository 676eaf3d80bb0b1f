"""Where will a patient be tomorrow: at home, on the ward or in intensive care?

intake.npz     one row of measurements for each patient, with the patient's id
*_stays.json   id -> what became of the patient
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score
from torch import nn

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
STAYS = ["home", "ward", "intensive"]
torch.manual_seed(1)


def join(part):
    table = np.load(folder / f"{part}.npz")
    outcome = json.loads((folder / f"{part}_stays.json").read_text())
    stays = [STAYS.index(outcome[i]) for i in table["ids"].tolist()]
    return table["values"], np.array(stays)


def prepare(values, fitted=None):
    numbers, flags = values[:, :7], values[:, 7:8]
    if fitted is None:
        fitted = numbers.mean(0), numbers.std(0)
    kind = np.eye(4)[values[:, 8].astype(int)]
    ready = np.concatenate([(numbers - fitted[0]) / fitted[1], 2 * flags - 1, kind], axis=1)
    return torch.tensor(ready, dtype=torch.float32), fitted


class Experts(nn.Module):
    """A gate decides for each patient how much each of the small networks counts."""

    def __init__(self, inputs, experts=4, width=32, classes=3):
        super().__init__()
        self.gate = nn.Linear(inputs, experts)
        self.w1 = nn.Parameter(torch.randn(experts, inputs, width) * (2 / inputs) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(experts, 1, width))
        self.w2 = nn.Parameter(torch.randn(experts, width, classes) * (1 / width) ** 0.5)

    def forward(self, x):
        share = self.gate(x).softmax(-1)
        hidden = F.leaky_relu(torch.einsum("ni,eio->eno", x, self.w1) + self.b1, 0.1)
        return torch.einsum("eno,eoc,ne->nc", hidden, self.w2, share), share


values, stays = join("intake")
x, fitted = prepare(values)
y = torch.from_numpy(stays)
audit_values, audit_stays = join("audit")
audit_x, _ = prepare(audit_values, fitted)
count = np.bincount(stays, minlength=3)
print("patients:", dict(zip(STAYS, count.tolist())))

model = Experts(x.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, amsgrad=True)
decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.93)


def sweep(size):
    order = torch.randperm(len(y))
    for i in range(0, len(y), size):
        rows = order[i:i + size]
        yield x[rows], y[rows]


def audit():
    model.eval()
    with torch.no_grad():
        said = model(audit_x)[0].argmax(1).numpy()
    return f1_score(audit_stays, said, average=None, labels=range(3)), (said == audit_stays).mean()


for epoch in range(25):
    model.train()
    kept = []
    for patients, truth in sweep(64):
        scores, share = model(patients)
        even = (share.mean(0) * share.shape[1]).log().mean().neg()  # no expert should be idle
        loss = F.cross_entropy(scores, truth) + 0.01 * even
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        kept.append(loss.item())
    decay.step()
    f1, right = audit()
    if epoch % 4 == 0:
        each = "  ".join(f"{name} {v:.2f}" for name, v in zip(STAYS, f1))
        print(f"epoch {epoch:2d} loss {np.mean(kept):.3f}  audit: right {right:.3f}  macro f1 {f1.mean():.3f}  ({each})")
