"""Parameters that get gradients, and that nobody updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import ByHand, Model, Optimizers, Updates


@fault(stage="optim")
def parameters_not_in_optimizer(
    model: Model, optimizers: Optimizers, updates: Updates, by_hand: ByHand
) -> Iterator[Suspicion]:
    """some parameters get gradients, but no optimizer holds them

    What it is:
        The optimizer was built before a layer was added or swapped, or was given only a part of the model.
    Why it hurts:
        Those layers stay as they were drawn: the rest learns on top of random features.
    How it is found:
        Backward reaches parameters that are in no optimizer's groups and do not move.
    How it is proved:
        A universe in which they join the optimizer must learn materially more.
    Fails:
        zoo/parameters-not-in-optimizer/signal_autoencoder.py
    Passes:
        the same programs with all parameters passed
    Look-alikes:
        A head trained on a loaded backbone (its weights were loaded: a note), a GAN's other network, EMA copies.
    Source:
        SYSTEM O4b, P-GRAD.
    """
    main = optimizers.main
    if main is None:
        yield from _left_out(model, updates, by_hand)
        return
    held = {name for optimizer in optimizers.all for name in optimizer.parameters}
    missing = [
        p
        for p in model.parameters
        if p.requires_grad and p.name in updates.reached and p.name not in held and not p.loaded
        and p.name not in updates.moved
    ]  # fmt: skip
    if not missing or (not held & {p.name for p in model.parameters} and len(held) == 0):
        return
    names = [p.name for p in missing]
    modules = sorted({p.module for p in missing})
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    index = optimizers.all.index(main)
    yield Suspicion(
        fault="parameters-not-in-optimizer",
        claim=f"no optimizer holds {shown}",
        place=replace(main.place, object=names[0]),
        saw=(
            Measure(
                name="parameters with gradients that no step moves",
                value=len(names),
                unit=f"of {len(model.parameters)}",
                expected="0",
            ),
        ),
        change=Change(name="add_parameters", arguments={"names": names, "optimizer": index}),
        contradicts=True,
        if_untried=f"{len(names)} parameters get gradients and are held by no optimizer",
        fix=Fix(
            title="build the optimizer after the model is complete, with all of its parameters", applies="probably"
        ),
        related=tuple(m.place for path in modules if (m := model.module(path)) is not None and m.place.path)[:3],
        oddness=3.0,
    )


def _left_out(model: Model, updates: Updates, by_hand: ByHand) -> Iterator[Suspicion]:
    """An update that the program writes itself takes some of its parameters, and leaves others as they were drawn.

    Only of parameters that belong to no module: a module may be left as it is on purpose.
    """
    reached = [p for p in model.parameters if p.requires_grad and p.name in updates.reached and p.kind == "Tensor"]
    missing = [p.name for p in reached if p.name not in by_hand.updated]
    if not missing or len(missing) == len(reached) or not by_hand.updates:
        return
    shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    yield Suspicion(
        fault="parameters-not-in-optimizer",
        claim=f"the update written here leaves out {shown}",
        place=replace(by_hand.updates[0], object=missing[0]),
        saw=(Measure(name="parameters with gradients that no step moves", value=len(missing),
                     unit=f"of {len(reached)}", expected="0"),),
        read_off=f"{len(missing)} parameters get gradients, and no line writes into them",
        fix=Fix(title="update all parameters that get a gradient", applies="probably"),
        oddness=3.0,
    )  # fmt: skip
