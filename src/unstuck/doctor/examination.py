"""Everything that is looked at, in the order in which it is printed."""

from __future__ import annotations

from unstuck.doctor import machine, pytorch, universes
from unstuck.doctor.probes import Check, Probe

PROBES: tuple[Probe, ...] = (
    machine.ourselves,
    machine.python,
    pytorch.importable,
    pytorch.version,
    pytorch.backward,
    pytorch.optimizer_hooks,
    pytorch.function_mode,
    pytorch.data_loader,
    universes.fork,
    universes.containment,
    pytorch.cuda,
    machine.folder,
    machine.cores_and_memory,
    machine.terminal,
)
"""A probe stands after the one that it needs."""


def examine() -> list[Check]:
    """Look at everything once, in a few seconds; nothing here raises, and nothing is left behind."""
    checks: dict[str, Check] = {}
    for probe in PROBES:
        needed = checks.get(probe.needs)
        broken = needed is not None and needed.state == "broken"
        checks[probe.name] = probe.skip() if broken else probe.examine()
    return list(checks.values())
