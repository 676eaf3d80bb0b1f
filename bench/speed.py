"""What a diagnosis costs beside the bare program: `python -m bench.speed [--start SECONDS]`, into `bench/results/speed.md`.

For each program the bare run is timed first, with one thread as in a universe: its start, and the time of one step. Then the
real command runs. `experiments` is the time they took beside what their steps would take bare, divided by the cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.zoo import cases

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = (
    "healthy/char_transformer", "healthy/onecycle_conv", "healthy/lstm_forecast",
    "bad-initialisation/plain_convnet", "unnormalised-inputs/weather_gru", "learning-rate-too-low/cancer_sgd",
)  # fmt: skip
BARE = """
import sys, time, runpy
began = time.perf_counter()
import torch
torch.set_num_threads(1)
times, backward = [], torch.Tensor.backward
def timed(*args, **kwargs):
    times.append(time.perf_counter())
    return backward(*args, **kwargs)
torch.Tensor.backward = timed
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    step = sorted(b - a for a, b in zip(times, times[1:]))
    print("BARE", times[0] - began, step[len(step) // 2], len(times), file=sys.stderr)
"""
SLOW = """
import time
import numpy as np
import torch

time.sleep({seconds})
held = np.ones((2 << 30) // 8)
torch.manual_seed(0)
x = torch.randn(2000, 20)
y = (x[:, :1] * x[:, 1:2] + torch.sin(2 * x[:, 2:3]))
model = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
for step in range(600):
    rows = torch.randint(len(x), (64,))
    loss = torch.nn.functional.mse_loss(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def main(arguments: list[str]) -> int:
    """Time them all and write the table."""
    seconds = int(arguments[arguments.index("--start") + 1]) if "--start" in arguments else 60
    cores = len(os.sched_getaffinity(0))
    rows = []
    for name, folder in _programs(seconds):
        bare = _bare(folder)
        debug = _debug(folder)
        steps = sum(debug["lengths"])
        ratio = debug["experiment"] / (steps * bare["step"] / cores)
        total, work = debug["total"] - bare["start"], debug["experiment"] + debug["observe"]
        rows.append(
            f"| {name} | {bare['start']:.1f} | {1000 * bare['step']:.2f} | {debug['found']} | {debug['total']:.1f} "
            f"| {total:.1f} | {work:.1f} | {len(debug['lengths'])} | {steps} | {ratio:.2f} |"
        )
        print(rows[-1], flush=True)
    table = [
        f"`python -m bench.speed`, {cores} cores. Seconds, except for a bare step (milliseconds, one thread).",
        "",
        "| program | bare start | bare step | found | all | all − bare start | observe + experiment | universes | their steps "
        "| experiments ÷ (bare steps ÷ cores) |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *rows,
    ]
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    (ROOT / "bench" / "results" / "speed.md").write_text("\n".join(table) + "\n")
    return 0


def _programs(seconds: int) -> Iterator[tuple[str, Path]]:
    """Name and folder with a train.py."""
    yield "the demo", ROOT / "examples" / "stuck"
    known = {case.name: case for case in cases()}
    for name in PROGRAMS:
        with tempfile.TemporaryDirectory() as folder:
            known[name].lay_out(Path(folder), healthy=False)
            yield name, Path(folder)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "train.py").write_text(SLOW.format(seconds=seconds))
        yield f"{seconds} s and 2 GB to start", Path(folder)


def _bare(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-c", BARE, "train.py"]
    said = (
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr.split("BARE")[-1].split()
    )
    return {"start": float(said[0]), "step": float(said[1])}


def _debug(folder: Path) -> dict[str, float | str | list[int]]:
    began = time.monotonic()
    command = [sys.executable, "-m", "unstuck", "debug", "--format", "json", "train.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    total = time.monotonic() - began
    report = json.loads(done.stdout)
    lines = (Path(report["run"]) / "experiments.jsonl").read_text().splitlines()
    lengths = [len(json.loads(line)["result"]["record"]["curve"]["values"]) for line in lines]
    return {
        "total": total, "lengths": lengths, "found": ", ".join(f["fault"] for f in report["findings"]) or "nothing",
        "experiment": report["seconds"]["experiment"], "observe": report["seconds"]["observe"],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
