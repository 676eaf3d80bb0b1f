"""What a diagnosis costs beside the bare program: `python -m bench.speed [--start SECONDS]`, into `bench/results/speed.md`.

For each program the bare run is timed, with one thread as in a universe: its start, and when each step begins; then the real
command runs, and the bare program once more, since a machine is not always as fast. `experiments` is the time they took beside what the bare program needs for as many steps of each universe,
with all that it does between them (drawing, validating, printing), divided by the cores.
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
    print("BARE", *(round(t - began, 6) for t in times), file=sys.stderr)
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
        before, debug, after = _bare(folder), _debug(folder), _bare(folder)
        bare = [(a + b) / 2 for a, b in zip(before, after, strict=False)]
        steps = sum(debug["lengths"])
        ratio = debug["experiment"] / (sum(_seconds_of(bare, n) for n in debug["lengths"]) / cores)
        total, work = debug["total"] - bare[0], debug["experiment"] + debug["observe"]
        step = _seconds_of(bare, len(bare)) / len(bare)
        rows.append(
            f"| {name} | {bare[0]:.1f} | {1000 * step:.2f} | {debug['found']} | {debug['total']:.1f} "
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


def _bare(folder: Path) -> list[float]:
    """When each step of the bare program begins its backward, in seconds from the start of python."""
    command = [sys.executable, "-c", BARE, "train.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stderr.split("BARE")[-1].split()]


def _seconds_of(bare: list[float], steps: int) -> float:
    """What the bare program needs for its first so many steps."""
    known = min(steps, len(bare) - 1)
    return (bare[known] - bare[0]) * steps / known if known else 0.0


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
