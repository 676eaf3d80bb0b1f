"""Runs a program with changes in this process, and prints what the program noted of itself, step by step.

`laboratory.py SCRIPT ORDER`: ORDER is JSON with `changes`; without, the calls of the program are listed as targets. The
program finds `note(model, loss)` and the list `drawn` among its globals.
"""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
from typing import Any

import torch

from unstuck.experiment.changes import World, install
from unstuck.experiment.changes._probing import Probing
from unstuck.experiment.changes.hold_out import HoldOut
from unstuck.facts import Change
from unstuck.observe.calls import Call, Calls, target_of
from unstuck.observe.session import Session


def main(script: str, order: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    session = Session()
    session.install()
    notes: list[dict[str, Any]] = []
    drawn: list[int] = []
    targets: list[dict[str, Any]] = []
    world = World(session)

    def note(model: torch.nn.Module, loss: torch.Tensor, **more: Any) -> None:
        with session.looking_away():
            weights = [p.detach().flatten().tolist() for p in model.parameters()]
            notes.append(
                {
                    "rows": list(drawn),
                    "loss": loss.tolist(),
                    "weights": weights,
                    "random": hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest(),
                    **more,
                }
            )
        drawn.clear()

    def listen(call: Call) -> None:
        targets.append(target_of(call, session).as_data())

    if "look_from" in order:
        Probing(world, order["look_from"])
    if "hold_out" in order:
        HoldOut(world, tuple(order["hold_out"]), first_probe=order["first_probe"])
    if "changes" in order:
        for change in order["changes"]:
            install(world, Change(**change))
    else:
        calls = Calls(session)
        calls.listeners.append(listen)
        calls.switch_on()
    crash = ""
    try:
        runpy.run_path(script, init_globals={"note": note, "drawn": drawn}, run_name="__main__")
    except Exception as error:
        crash = f"{type(error).__name__}: {error}"
        if session.failed_call is not None:
            name, _, _, site = session.failed_call
            targets.append({"function": name, "module": None, "site": list(site) if site else None})
    answer = {"notes": notes, "targets": targets, "hits": world.hits, "failures": world.failures, "crash": crash}
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
