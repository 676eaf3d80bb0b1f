"""What experiments need: a fork that can train, and a box that keeps it harmless."""

from __future__ import annotations

import importlib
import os
import platform
from typing import Any

from unstuck.doctor.children import last_line, run_python
from unstuck.doctor.probes import Seen, check

FORK_SECONDS = 180.0
"""The import of torch once more, and two children that have ten seconds each."""

_FORK = """
import os, signal, time
import torch

def use(backward):
    weight = torch.ones(300, 300, requires_grad=True)
    loss = (weight @ weight).relu().mean()
    if backward:
        loss.backward()
    return loss.item()

def work_in_child():
    torch.set_num_threads(1)
    os._exit(0 if abs(use(backward=True) - 300) < 0.01 else 3)

def fate():
    child = os.fork()
    if child == 0:
        try:
            work_in_child()
        except BaseException as error:
            print(type(error).__name__, *str(error).split(), flush=True)
            os._exit(4)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "works" if status == 0 else f"fails (status {os.waitstatus_to_exitcode(status)})"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hangs"

for backward in (False, True):
    use(backward)
    print("fate:", fate(), flush=True)
"""
"""Forks once after a forward pass, as experiments do, and once after a backward pass, which starts further threads."""


@check("fork", wanted="a forked copy of a process that used torch can train", needs="torch")
def fork() -> Seen:
    """Never broken: without a fork each universe is the program started anew, which is slower and no less right."""
    slower = "experiments start the program anew each time instead, which takes longer"
    if not hasattr(os, "fork"):
        return "warning", f"{platform.system()} has no fork", slower
    child = run_python(_FORK, FORK_SECONDS)
    lines = child.out.splitlines()
    fates = [line.removeprefix("fate: ") for line in lines if line.startswith("fate: ")]
    if fates == ["works", "works"]:
        return "ok", "works, after a forward and after a backward pass", ""
    if len(fates) != 2:
        return "warning", last_line(child.err) or f"no answer within {FORK_SECONDS:.0f} s", slower
    found = "after a forward pass it {}, after a backward pass it {}".format(*fates)
    reasons = [line for line in lines if not line.startswith("fate: ")]
    if fates[0] == "works":
        slower = "only programs that compute a gradient before they train are started anew for each experiment"
    return "warning", ": ".join([found, *reasons[:1]]), slower


_CONTAINED = {
    "namespace": "the kernel shows it read-only folders and no network",
    "landlock": "the kernel refuses it files and connections",
}


@check("containment", wanted="an experiment cannot write to your files or reach the network")
def containment() -> Seen:
    """The box says itself how well it can keep anything in on this machine."""
    try:
        box: Any = importlib.import_module("unstuck.experiment.box")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("unstuck.experiment"):
            raise
        return "warning", f"not examined: {error}", ""
    answer = box.available()
    level = answer if isinstance(answer, str) else next(iter(answer), "none")
    if level in _CONTAINED:
        return "ok", f"{level}: {_CONTAINED[level]}", ""
    found = "audit: only what Python itself opens is kept back" if level == "audit" else str(level)
    return "warning", found, "allow user namespaces (user.max_user_namespaces, seccomp of the container), or Landlock"
