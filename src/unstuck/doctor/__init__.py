"""Our own health: what this machine, this Python and this torch let unstuck do.

It works when all else is broken: only the standard library is imported here, torch only inside the checks that need it,
and a check that raises says so on its own line and hides no other. What may kill or hang a process (importing a torch
whose libraries do not fit, a fork that never comes back) happens in a process of its own with a time limit.

    examination   every check, in the order in which it is made and printed
    machine       Python, the working folder, cores and memory, the terminal
    pytorch       whether torch can be imported, and whether the parts of it that an observation hangs on are there
    universes     what experiments need: a fork that can train, a box that keeps it harmless
    probes        how one check is made, and what comes of it
    children      Python code in a process of its own
    page          how all of it is printed

To add a check: a function with `@check` beside its like, and its place in `examination.PROBES`.
"""

from unstuck.doctor.examination import examine
from unstuck.doctor.page import render
from unstuck.doctor.probes import Check, State

__all__ = ["Check", "State", "examine", "render"]
