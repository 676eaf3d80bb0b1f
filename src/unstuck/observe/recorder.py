"""Puts the probes on a run and collects what they saw: all of them in the first steps, the cheap ones to the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from unstuck.observe.events import Backward
from unstuck.observe.session import Session

if TYPE_CHECKING:
    from unstuck.facts import Measured
    from unstuck.observe.calls import Calls


class Curve:
    """The loss at every backward, by channel (the line that calls backward)."""

    name = "curve"

    def __init__(self, session: Session) -> None:
        self.channels: list[str] = []
        self.which: list[int] = []
        self.values: list[float] = []
        self.times: list[float] = []
        session.on.backward.append(self._backward)

    def _backward(self, event: Backward) -> None:
        from unstuck.observe.probes.losses import channel_of

        channel = channel_of(event)
        if channel not in self.channels:
            self.channels.append(channel)
        tensor = event.tensors[0].detach()
        self.which.append(self.channels.index(channel))
        self.values.append(float(tensor if tensor.numel() == 1 else tensor.float().mean()))
        self.times.append(time.process_time())  # what else the machine does must not change a verdict

    def record(self) -> dict[str, Any]:
        """Columns: channel names, channel of each backward, value, median processor seconds between backwards."""
        gaps = sorted(b - a for a, b in zip(self.times, self.times[1:], strict=False))
        return {
            "channels": self.channels,
            "which": self.which,
            "values": self.values,
            "tick_seconds": gaps[len(gaps) // 2] if gaps else None,
        }


class Recorder:
    """Full probes for the first `full` backwards, then only the cheap ones."""

    def __init__(self, session: Session, *, full: int = 0, measure: Measured = "") -> None:
        self.session = session
        self.curve = Curve(session)
        self.probes: list[Any] = []
        self.calls: Calls | None = None
        self.full = full
        self._frozen: dict[str, Any] = {}
        if full:
            self._attach()
        if measure:
            self._compare(measure)

    def _compare(self, measure: Measured) -> None:
        from unstuck.observe.calls import Calls
        from unstuck.observe.probes.comparisons import Comparison

        self.calls = Calls(self.session)
        self.probes.append(Comparison(self.session, self.calls, measure))
        self.calls.switch_on()

    def _attach(self) -> None:
        from unstuck.observe.calls import Calls
        from unstuck.observe.probes.by_hand import ByHand
        from unstuck.observe.probes.cuts import Cuts
        from unstuck.observe.probes.data import Data
        from unstuck.observe.probes.loaders import Loaders
        from unstuck.observe.probes.losses import Losses
        from unstuck.observe.probes.modes import Clipping, Modes
        from unstuck.observe.probes.modules import Activations, Model
        from unstuck.observe.probes.updates import Optimizers, Updates

        session = self.session
        cheap = [Optimizers(session), Modes(session), Clipping(session), Loaders(session)]
        self.calls = Calls(session)
        dear: list[Any] = [
            Losses(session, self.calls), Updates(session), Model(session), Activations(session, self.calls),
            Data(session, self.calls), Cuts(session, self.calls), ByHand(session, self.calls),
        ]  # fmt: skip
        self.probes = [*cheap, *dear]
        self.calls.switch_on()

        def leave_stack(module: Any, args: Any, kwargs: Any) -> Any:
            """At backward the mode is inside its own handler and cannot leave; at the next call it can."""
            if self.calls is not None and not self.calls.replacements and self.calls.on_stack:
                self.calls.switch_off()
            return args, kwargs

        def detach(event: Backward) -> None:
            if event.number + 1 < self.full or self._frozen:
                return
            self._frozen = {probe.name: probe.record() for probe in dear}
            assert self.calls is not None
            self.calls.listeners.clear()
            session.on.enter.append(leave_stack)
            for name, listeners in vars(session.on).items():
                dear_ones = [x for x in listeners if getattr(x, "__self__", None) in (*dear, _provenance(dear))]
                if dear_ones:
                    setattr(session.on, name, [x for x in listeners if x not in dear_ones])

        session.on.backward.append(detach)

    def record(self) -> dict[str, Any]:
        """Everything seen, as plain data."""
        records = {probe.name: probe.record() for probe in self.probes if probe.name not in self._frozen}
        return {"curve": self.curve.record(), **self._frozen, **records}


def _provenance(probes: list[Any]) -> Any:
    return next((p.provenance for p in probes if hasattr(p, "provenance")), None)
