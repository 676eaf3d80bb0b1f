"""A box keeps a universe harmless: what it writes, sends and starts is seen by nobody outside, and ends with it.

    namespace   the kernel's namespaces: a private copy-on-write view of the user's folders, all else read-only, no
                network but an own loopback, own process numbers. The program notices nothing.
    landlock    the kernel refuses changes outside a scratch folder, and TCP. The program notices.
    audit       Python's audit hook refuses the same, as far as Python can see it.
    none        nothing is kept from it, but for what it shared with its parent.

From a process that is to be forked:

    pid, level = fork_into(Box(private=(...), network=False, processes=True, scratch_bytes=1 << 30), keep=(results,))
    if pid == 0:
        ...                 # the universe, in its box; it ends by os._exit
    ...
    reap(pid)               # and nothing of it is left
"""

from unstuck.experiment.box.entry import Forked as Forked
from unstuck.experiment.box.entry import available as available
from unstuck.experiment.box.entry import enter as enter
from unstuck.experiment.box.entry import fork_into as fork_into
from unstuck.experiment.box.entry import in_force as in_force
from unstuck.experiment.box.entry import redirect_saves as redirect_saves
from unstuck.experiment.box.entry import scratch_folder as scratch_folder
from unstuck.experiment.box.keeper import reap as reap
from unstuck.experiment.box.leaks import close_leaks as close_leaks
from unstuck.experiment.box.mappings import SharedMapping as SharedMapping
from unstuck.experiment.box.mappings import make_private as make_private
from unstuck.experiment.box.mappings import shared_mappings as shared_mappings
from unstuck.experiment.box.scratch import sweep as sweep
from unstuck.experiment.box.spec import LEVELS as LEVELS
from unstuck.experiment.box.spec import Box as Box
from unstuck.experiment.box.spec import BoxUnavailable as BoxUnavailable
from unstuck.experiment.box.spec import Level as Level
