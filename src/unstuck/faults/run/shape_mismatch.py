"""A call that cannot take the shapes it is given."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Suspicion
from unstuck.faults import fault
from unstuck.faults.run.joining import joined
from unstuck.faults.run.layers import layer
from unstuck.faults.run.loss_shapes import loss
from unstuck.faults.run.operations import anything, batch, indexed, multiplied, stretched, viewed
from unstuck.trace.crash import Crash


@fault(stage="run")
def shape_mismatch(crash: Crash) -> Iterator[Suspicion]:
    """a layer, a loss or an operation cannot take the shape that it is given

    What it is:
        A missing flatten, dimensions in another order, one of 1 too many or too few, a layer made for another size.
    Why it hurts:
        The program stops.
    How it is found:
        The call that failed is made again on zeros: if it still fails, and on one type, its shapes are at fault. They are
        compared with what the layer, the loss or the operation takes, and with the shapes on the way there.
    How it is proved:
        Where the numbers say what would fit (16·5·5 = 400), a universe with that one change must take a step; else the
        shapes are the fact.
    Fails:
        zoo/shape-mismatch/digits_cnn.py
    Passes:
        the same program with the input flattened
    Look-alikes:
        Errors of the user's own, index errors on lists, a file that is not there: no call of torch's failed.
    Source:
        SYSTEM B1.1, EVIDENCE 13.
    """
    yield from batch(crash)
    if not crash.is_torchs or crash.because != "shape":
        return
    for rule in (layer, loss, joined, multiplied, viewed, indexed, stretched, anything):
        found = list(rule(crash))
        yield from found
        if found:
            return
