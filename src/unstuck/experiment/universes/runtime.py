"""What goes on inside a universe: its changes, its measuring, its end. Never returns to the program after the end."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from unstuck.experiment.changes import World, install
from unstuck.experiment.universes.spec import Universe
from unstuck.observe.events import Backward
from unstuck.observe.recorder import Recorder
from unstuck.observe.session import Session
from unstuck.observe.sources import is_user_file
from unstuck.observe.tracebacks import is_user_link, links, raised_by_the_user, site_at
from unstuck.program import without_our_frames

HANGS = 4.0
"""A universe that takes so many times its processor seconds by the clock hangs."""


class Runtime:
    """One universe in this process, from now on."""

    def __init__(
        self, session: Session, universe: Universe, *, states: int | None, send: Callable[[bytes], None], level: str
    ) -> None:
        self.session = session
        self.universe = universe
        self.send = send
        self.level = level
        self.started = time.process_time()
        self.first_moment: int | None = None
        self._finished = False
        if session.backwards > 1:  # one: training by hand is seen from within its first backward
            session.backwards = session.steps = 0  # a later phase of the program counts from its own beginning
        session.explains_crashes = universe.full > 0
        self.held_out: Any = None
        self.world = World(session, seed=universe.seed)
        self.recorder = Recorder(session, full=universe.full, measure=universe.measure)
        if self.recorder.calls is not None:
            self.world.use_calls(self.recorder.calls)
            from unstuck.observe.trail import Trail

            if universe.full:
                Trail(session, self.recorder.calls)
        if universe.probes:
            self._look_in_the_end(universe.ticks - universe.probes)
        for change in universe.changes:
            install(self.world, change)
        self._keep_random_states(states)
        session.on.backward.insert(0, self._limit)
        session.on.backward.append(self._moment)
        self._set_alarm()

    def _look_in_the_end(self, first: int) -> None:
        from unstuck.experiment.changes._probing import Probing
        from unstuck.experiment.changes.hold_out import HoldOut

        if self.universe.hold_out:
            self.held_out = HoldOut(self.world, self.universe.hold_out, first, self.universe.rows)
        else:
            Probing(self.world, first)

    def _keep_random_states(self, descriptor: int | None) -> None:
        from unstuck.observe import generators

        if self.universe.seed:
            generators.OtherSeed(self.session, self.universe.seed)
        elif descriptor is not None and self.universe.states == "record":
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            generators.RecordStates(self.session, descriptor)
        elif descriptor is not None and self.universe.states == "put back":
            generators.PutBackStates(self.session, descriptor)

    def _limit(self, event: Backward) -> None:
        if event.number >= self.universe.ticks:
            self.finish("limit")
        if time.process_time() - self.started > self.universe.seconds:
            self.finish("timeout")

    def _moment(self, event: Backward) -> None:
        if self.first_moment is None:
            self.first_moment = self.session.training_moment()

    def _set_alarm(self) -> None:
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, lambda *_: self.finish("timeout"))
            signal.setitimer(signal.ITIMER_REAL, self.universe.seconds * HANGS + 5.0)

    def crashed(self, error: BaseException) -> None:
        """The program raised out of its main module in this universe."""
        self.finish("crashed", crash=describe_crash(error, self.session))

    def finish(self, end: str, crash: dict[str, Any] | None = None) -> None:
        """Report and leave at once: no `finally`, no atexit, no later stage of the program runs."""
        if self._finished:
            return
        self._finished = True
        try:
            if end == "ended" and self.session.backwards == 0:
                end = "never trained"
            result: dict[str, Any] = {
                "end": end,
                "record": self.recorder.record(),
                "hits": self.world.hits,
                "crash": crash,
                "seconds": time.process_time() - self.started,
                "level": self.level,
                "extra": {
                    "backwards": self.session.backwards,
                    "steps": self.session.steps,
                    "first_moment": self.first_moment,
                    "failures": self.world.failures,
                    "notes": self.world.notes,
                    "our_errors": self.session.failures,
                    "rows": self.held_out.rows if self.held_out is not None else [],
                },
            }
            if self.universe.fingerprint:
                result["extra"]["fingerprint"] = fingerprint(self.session)
        except BaseException as error:
            result = {"end": "killed", "extra": {"our_error": "".join(traceback.format_exception(error))}}
        self.send(json.dumps(result, default=str).encode())
        os._exit(0)


def fingerprint(session: Session) -> dict[str, str]:
    """Hashes of all parameters and buffers of the models seen, and of the random state."""
    from unstuck.observe.generators import pack

    weights = hashlib.sha256()
    for root in session.roots:
        for _, tensor in sorted(root.state_dict(keep_vars=True).items()):
            if hasattr(tensor, "detach"):
                data = tensor.detach().cpu().contiguous()
                weights.update(bytes(data.reshape(-1).view(__import__("torch").uint8).numpy().tobytes()))
    return {"weights": weights.hexdigest(), "random": hashlib.sha256(pack()).hexdigest()}


def describe_crash(error: BaseException, session: Session | None) -> dict[str, Any]:
    """An uncaught error as plain data: the program's own traceback, its frames, the modules it passed through."""
    error.__traceback__ = without_our_frames(error.__traceback__)
    described: dict[str, Any] = {
        "kind": type(error).__name__,
        "bases": [c.__name__ for c in type(error).__mro__],
        "message": str(error)[:4000],
        "traceback": "".join(traceback.format_exception(error))[-20000:],
        "frames": _frames(error),
        "raised": raised_by_the_user(error),
        "modules": [],
        "backwards": session.backwards if session else 0,
        "exit_code": error.code if isinstance(error, SystemExit) else None,
    }
    if isinstance(error, AttributeError):
        described["attribute"] = {"name": error.name, "of": type(error.obj).__name__}
    if session is not None and "torch" in sys.modules:
        from unstuck.observe import crashes

        try:
            with session.looking_away():
                described |= crashes.describe(error, session)
        except Exception as broken:
            described["our_error"] = "".join(traceback.format_exception(broken))[-4000:]
    return described


def _frames(error: BaseException) -> list[dict[str, Any]]:
    """The links of the traceback that are the user's, outermost first, with the shapes of what was in reach."""
    frames: list[dict[str, Any]] = [
        {
            "site": list(site_at(link)),
            "function": link.tb_frame.f_code.co_name,
            "defined": link.tb_frame.f_code.co_firstlineno,
            "locals": _tensors_of(link.tb_frame.f_locals),
        }
        for link in links(error)
        if is_user_link(link)
    ]
    if isinstance(error, SyntaxError) and is_user_file(
        error.filename or "<unknown>"
    ):  # what cannot be compiled has no frame
        frames.append({"site": [error.filename, error.lineno or 1, -1, -1], "function": "", "defined": 0, "locals": {}})
    return frames


def _tensors_of(values: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in list(values.items())[:200]:
        if isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype"):
            found[name] = {"shape": [int(n) for n in value.shape], "dtype": str(value.dtype)}
    return found
