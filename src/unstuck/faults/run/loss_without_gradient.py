"""A loss from which nothing can be learnt: it has no gradient, or is not one number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults import fault
from unstuck.faults.run import source
from unstuck.faults.run.words import shown
from unstuck.trace.crash import Crash, Step, Tensor

UNDONE = ("detach", "detach_", "data", "tensor", "as_tensor", "new_tensor")
"""Calls that cut and whose argument can be handed on in their place."""
READS = ("item", "tolist", "numpy", "__float__", "__int__", "__array__")
NUMBERS = frozenset({"float", "int", "bool", "float16", "float32", "float64", "int64", "ndarray"})


@fault(stage="run")
def loss_without_gradient(crash: Crash) -> Iterator[Suspicion]:
    """backward is called on a loss that has no gradient, or that is not one number

    What it is:
        Between the model and the loss the graph was cut (`.detach()`, `no_grad`, `argmax`, `item()`, NumPy), or the loss
        was never brought down to one number.
    Why it hurts:
        The program stops; nothing could be learnt from such a loss.
    How it is found:
        The tensor that backward was called on, and the calls that made it: the nearest that was given a gradient and
        returned none.
    How it is proved:
        Where the cut can be undone, or the mean taken, a universe with that one change must take a step; `argmax` and
        numbers taken out of torch are read off.
    Fails:
        zoo/loss-without-gradient/digits_vae.py
    Passes:
        the same program with the mean taken
    Look-alikes:
        A graph that was freed by an earlier backward, a tensor changed in place: the loss had its gradient.
    Source:
        SYSTEM O4b, EVIDENCE 13.
    """
    attribute = crash.data.get("attribute", {})
    if attribute.get("name") == "backward" and attribute.get("of") in NUMBERS:
        yield from _number(crash, attribute["of"])
        return
    call = crash.call
    if not crash.is_torchs or call is None or call.name not in ("backward", "grad") or not call.tensors:
        return
    loss = call.tensors[0]
    if not loss.requires_grad:
        yield from _cut(crash, loss)
    elif prod(loss.shape) != 1 and str(call.named.get("gradient", call.named.get("grad_tensors", "None"))) == "None":
        yield from _several(crash, loss)


def _several(crash: Crash, loss: Tensor) -> Iterator[Suspicion]:
    made = crash.sources[0] if crash.sources else None
    place = made.place if made is not None and made.place.line else crash.line
    node = source.expression_at(place)
    count = prod(loss.shape)
    diff = (
        source.diff(place, node, source.in_brackets(place, node) + ".mean()")
        if node is not None and place.line != crash.line.line
        else ""
    )
    unreduced = next((s.title for s in reversed(crash.chain[-6:]) if "reduction='none'" in s.constants), "")
    yield Suspicion(
        fault="loss-without-gradient",
        claim=f"backward is called on {count} numbers ({shown(loss.shape)}), not on one",
        place=place,
        saw=(Measure(name="numbers in the loss", value=count, expected="1: backward goes from one number"),),
        change=Change(name="reduce_loss"),
        read_off=f"backward was called on {count} numbers",
        fix=Fix(
            title="take the mean over them: .mean()"
            + (f", or leave out reduction='none' of {unreduced}" if unreduced else ""),
            diff=diff,
            applies="probably",
        ),
        related=(crash.line,) if place.line != crash.line.line else (),
        oddness=3.0,
    )


def _number(crash: Crash, kind: str) -> Iterator[Suspicion]:
    read = crash.cuts[0] if crash.cuts else None
    place = read.place if read is not None and read.place.line else crash.line
    how = f": {_words(read)} on line {place.line} took it out of torch" if read is not None else ""
    yield Suspicion(
        fault="loss-without-gradient",
        claim=f"the loss is a {kind}, not a tensor{how}",
        place=place,
        saw=(Measure(name="type of the loss", value=kind, expected="a tensor with a gradient"),),
        read_off=f"the loss is a {kind}",
        fix=Fix(title="call backward on the tensor; use the number to print it"),
        related=(crash.line,) if place.line != crash.line.line else (),
        oddness=3.0,
    )


def _cut(crash: Crash, loss: Tensor) -> Iterator[Suspicion]:
    made = crash.sources[0] if crash.sources and crash.sources[0] is not None else None
    base = Suspicion(
        fault="loss-without-gradient",
        claim="the loss has no gradient",
        place=made.place if made is not None and made.place.line else crash.line,
        saw=(Measure(name="the loss wants a gradient", value="no", expected="yes: something must be learnt from it"),),
        related=(crash.line,),
        oddness=1.0,
    )
    names = crash.data.get("parameters", ())
    if names and not crash.data.get("wanted"):
        yield from _frozen(crash, base, list(names))
        return
    for step in crash.cuts[:3]:
        if not step.graded:
            yield from _switched_off(crash, base, step)
            return
    for step in crash.cuts[:3]:
        yield from _cutting(crash, base, step)
    if not crash.cuts:
        yield replace(
            base, claim="nothing that wants a gradient enters the loss", read_off="the loss does not depend on any parameter",
            fix=Fix(title="make the loss from what the model returned"),
        )  # fmt: skip


def _frozen(crash: Crash, base: Suspicion, names: list[str]) -> Iterator[Suspicion]:
    place = next((p for f in crash.frames if (p := source.freezing_line(f.place.path)) is not None), base.place)
    yield replace(
        base,
        claim=f"none of the {len(names)} parameters wants a gradient: all are frozen",
        place=place,
        change=Change(name="unfreeze", arguments={"names": names}),
        fix=Fix(title="leave the layers that are to be trained unfrozen, or unfreeze them: requires_grad_(True)"),
        oddness=3.0,
    )


def _switched_off(crash: Crash, base: Suspicion, step: Step) -> Iterator[Suspicion]:
    lines = (step.place, *step.callers)
    found = source.switched_off_at(lines)
    off = step.off or ("", 0)
    place = found or (Place(path=base.place.path, line=off[1]) if step.off else step.place)
    if step.off and not found:
        from unstuck.trace.places import place as read

        place = read(list(step.off))
    yield replace(
        base,
        claim=f"gradients are switched off on line {place.line} while the loss is made",
        place=place,
        change=Change(name="keep_gradients_on", arguments={"path": str(off[0]), "line": int(off[1])}),
        fix=Fix(title="no_grad, inference_mode and set_grad_enabled(False) belong round validation only"),
        oddness=3.0,
    )
    yield replace(base, claim=f"gradients are switched off while the loss is made (line {step.place.line})", place=place, read_off="the model runs with gradients off",
                  fix=Fix(title="no_grad and inference_mode belong round validation only"))  # fmt: skip


def _cutting(crash: Crash, base: Suspicion, step: Step) -> Iterator[Suspicion]:
    words = _words(step)
    undone = step.name in UNDONE
    meant = undone or step.name in READS or step.inside is not None
    place = step.place if meant else _in_the_loop(crash, step)
    found = replace(
        base,
        claim=f"the loss has no gradient: {words} cuts the graph",
        place=replace(place, object=step.inside or ""),
        related=tuple(p for p in (step.place, crash.line) if p.line and p.line != place.line),
        oddness=3.0,
    )
    title = f"keep the graph whole: {words} must not stand between the model and the loss"
    if not meant and step.name not in READS:
        title = (
            f"{words} has no gradient: use it to count errors, and a loss with one (cross_entropy, mse_loss) to train"
        )
    if undone:
        yield replace(
            found,
            change=Change(name="reattach", arguments={"targets": [dict(step.target)]}),
            fix=Fix(title=title, applies="probably"),
        )
        return
    yield replace(found, read_off=f"{words} was given a gradient and returned none", fix=Fix(title=title))


def _in_the_loop(crash: Crash, step: Step) -> Place:
    """The line beside `backward` that called for it: the function that cuts may be meant for something else."""
    scope = source.scope_at(crash.line.path, crash.line.line)
    for place in (step.place, *step.callers):
        if place.path == crash.line.path and source.scope_at(place.path, place.line) is scope:
            return place
    return step.place


def _words(step: Step) -> str:
    return {
        "data": ".data", "__float__": "float()", "__int__": "int()", "__array__": "numpy", "ne": "a comparison",
        "eq": "a comparison", "gt": "a comparison", "lt": "a comparison", "ge": "a comparison", "le": "a comparison",
        "tensor": "torch.tensor()", "as_tensor": "torch.as_tensor()",
    }.get(step.name, f".{step.name}()")  # fmt: skip
