"""Units that are zero for every row."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import Activations, Model


@fault(stage="model")
def dead_relu(activations: Activations, model: Model) -> Iterator[Suspicion]:
    """most units of a rectifier are zero for every row

    What it is:
        The values before a ReLU are negative for all rows, so that its output and its gradient are zero.
    Why it hurts:
        A dead unit gets no gradient and cannot come back; a dead layer cuts the network.
    How it is found:
        Units that were zero for every row of the first batches.
    How it is proved:
        With usual starting values for the layer before it, a slope for negative values, or its inputs centred, the
        program learns materially more.
    Fails:
        zoo/dead-relu/prototype_moons.py
    Passes:
        the same programs with usual biases
    Look-alikes:
        A fifth of the units dead in a network that learns: measured harmless. Units that die because of the learning rate:
        the rate is named.
    Source:
        SYSTEM O4b.
    """
    for rectifier in activations.rectifiers:
        dead = max(rectifier.dead_at_first, rectifier.dead)
        if dead < 0.7 or rectifier.units < 2:
            continue
        names = _before(rectifier.target, activations, model)
        feeding = model.parameter(names[-1]) if names else None
        again = [Change(name="reinitialise", arguments={"names": names})] if names else []
        ways = [
            Change(name=name, arguments={"target": rectifier.target}) for name in ("make_leaky", "centre_rectifier")
        ]
        for change in (*again, *ways):
            yield Suspicion(
                fault="dead-relu",
                claim=f"{dead:.0%} of the {rectifier.units} units of a ReLU are zero for every row",
                place=rectifier.place,
                saw=(Measure(name="units zero for every row", value=f"{dead:.0%}", expected="below 20 %"),),
                change=change,
                fix=Fix(title="start the biases before it at zero (or slightly above), or use LeakyReLU"),
                related=(feeding.init_place,) if feeding else (),
                oddness=1.5 + rectifier.dead_at_first,
                explains=("vanishing-gradient", "learning-rate-too-low"),
            )


def _before(target: object, activations: Activations, model: Model) -> list[str]:
    """Parameters of layers whose outputs are negative nearly everywhere; without one, of every layer."""
    sunk = {o.path for o in model.outputs if o.mean + 1.5 * (o.row_std or o.std) < 0}
    chosen = [p.name for p in model.parameters if p.module in sunk]
    return chosen or [p.name for p in model.parameters if "Norm" not in p.kind and "Embedding" not in p.kind]
