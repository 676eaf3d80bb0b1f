"""Gradients do not reach parameters that took part."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import Cut, Cuts, Model, Optimizers, Updates

RE_ATTACHABLE = ("detach", "detach_", "data", "tensor", "as_tensor")


@fault(stage="optim")
def detached_graph(model: Model, optimizers: Optimizers, updates: Updates, cuts: Cuts) -> Iterator[Suspicion]:
    """a cut in the graph keeps gradients from parameters that were used

    What it is:
        `.detach()`, `.data`, `no_grad`, a NumPy round trip or a re-wrapped tensor stands between the loss and a layer.
    Why it hurts:
        The layers behind the cut never learn.
    How it is found:
        Parameters that the optimizer holds were used in training steps, and no backward reaches them; the calls that were
        given a gradient and returned none are known by line.
    How it is proved:
        The missing gradients are a fact read off the graph; where the cut can be undone, a universe with the graph
        re-attached must learn more.
    Fails:
        zoo/detached-graph/two_tower.py
    Passes:
        the same programs without the cut
    Look-alikes:
        Target networks, teachers, stop-gradients, hidden states carried over: nobody's optimizer waits for those gradients,
        or they come by another way.
    Source:
        SYSTEM O4b.
    """
    held = {name for optimizer in optimizers.stepping for name in optimizer.parameters}
    starved = [
        p for p in model.parameters
        if p.requires_grad and p.name in held and p.name in cuts.used and p.name not in updates.reached and not p.loaded
    ]  # fmt: skip
    if not starved:
        return
    names = [p.name for p in starved]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    saw = (
        Measure(name="parameters of the optimizer that no gradient reaches", value=len(names),
                unit=f"of {len(model.parameters)}", expected="0"),
    )  # fmt: skip
    for cut in _candidates(cuts, set(names), whole_loss=not updates.reached):
        re_attachable = cut.function in RE_ATTACHABLE
        change = (
            Change(name="reattach", arguments={"targets": [cut.target]})
            if re_attachable
            else Change(name="reattach", arguments={"targets": [c.target for c in cuts.ungraded], "grad_mode": True})
            if cut in cuts.ungraded
            else None
        )
        yield Suspicion(
            fault="detached-graph",
            claim=f"no gradient reaches {shown}: the graph is cut by {_words(cut)}",
            place=cut.place,
            saw=saw,
            change=change,
            contradicts=True,
            read_off="" if change else f"no backward reaches {len(names)} parameters that were used",
            if_untried=f"no backward reaches {len(names)} parameters that were used",
            fix=Fix(title=f"keep the graph whole: {_words(cut)} must not stand between a layer and the loss"),
            related=cut.callers,
            oddness=3.0,
        )


def _candidates(cuts: Cuts, starved: set[str], *, whole_loss: bool) -> list[Cut]:
    """Cuts of whole tensors first by those that can be undone; conversions of single numbers are metrics.

    Unless no backward reaches anything: then it is the loss that is cut, and a loss is a single number. Or the numbers were
    taken out one by one inside the model, of what the starved parameters computed.
    """
    whole = [c for c in cuts.cuts if len(c.shape) >= 2 and c.function not in ("argmax", "item")]
    if whole_loss:
        whole += sorted((c for c in cuts.cuts if not c.shape), key=lambda c: c.function not in RE_ATTACHABLE)
    if not whole and not cuts.ungraded:
        whole = [c for c in cuts.cuts if c.function != "argmax" and c.behind and c.behind <= starved][:1]
    return ([c for c in whole if c.inside] + [c for c in whole if not c.inside] + list(cuts.ungraded[:1]))[:4]


def _words(cut: Cut) -> str:
    words = {
        "data": ".data",
        "detach": ".detach()",
        "detach_": ".detach_()",
        "__setitem__": "writing into a tensor without a graph",
    }
    return words.get(cut.function, f"{cut.function}()" if cut.shape else "torch.no_grad()")
