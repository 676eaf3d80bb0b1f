"""A call that cannot take the type of number it is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unstuck.facts import Change, Fix, Measure, Place, Suspicion
from unstuck.faults import fault
from unstuck.faults.run import origins, source
from unstuck.faults.run.loss_shapes import ELEMENTWISE, OF_CLASSES, target_node
from unstuck.trace.crash import Crash, Step, Tensor

METHODS = {"float32": ".float()", "float64": ".double()", "int64": ".long()", "bool": ".bool()", "float16": ".half()"}
OF_FLOATS = frozenset(
    {"mean", "std", "var", "softmax", "log_softmax", "norm", "nanmean", "median", "logsumexp", "dropout"}
)
"""Calls that want floating point numbers."""


@fault(stage="run")
def dtype_mismatch(crash: Crash) -> Iterator[Suspicion]:
    """a layer, a loss or an operation cannot take the type of number it is given

    What it is:
        NumPy's float64 or an image's bytes meet float32 weights; class labels are floating point, or a loss of
        differences gets whole numbers.
    Why it hurts:
        The program stops.
    How it is found:
        The call that failed is made again on zeros: it fails on their types and runs once they are cast. The types of its
        arguments say which one is the odd one.
    How it is proved:
        A universe with that one argument cast must take a step.
    Fails:
        zoo/dtype-mismatch/diabetes_regression.py
    Passes:
        the same program with `.float()` where the tensor is made
    Look-alikes:
        Mixed precision: autocast casts by itself, and nothing stops.
    Source:
        SYSTEM B1.1, EVIDENCE 13.
    """
    if not crash.is_torchs:
        return
    if crash.call is not None and crash.call.name in ("backward", "grad"):
        yield from _in_backward(crash)
    if crash.because != "dtype":
        return
    for rule in (_loss, _layer, _whole_numbers, _odd_one):
        found = list(rule(crash))
        yield from found
        if found:
            return


def _layer(crash: Crash) -> Iterator[Suspicion]:
    part = crash.part
    if part is None or not part.inputs or not part.parameters:
        return
    weights = next((p for p in part.parameters.values() if p.is_float), None)
    given = part.inputs[0]
    if weights is None:
        return
    looks_up = "Embedding" in part.kind
    wanted = "int64" if looks_up else weights.dtype
    if given.dtype == wanted or (looks_up and not given.is_float):
        return
    holds = "looks up entries by whole numbers" if looks_up else f"has {wanted} weights"
    at = part.location if part.root is not None or crash.call is None else crash.call.location
    odd_weights = given.dtype == "float32" and not looks_up
    base = Suspicion(
        fault="dtype-mismatch",
        claim=f"{part.name} {holds} and gets {given.dtype}",
        place=replace(crash.line, object=part.path),
        saw=(Measure(name=f"input of {part.name}", value=given.dtype, expected=f"{wanted}, from its {'use' if looks_up else 'weights'}"),),
        change=Change(name="cast_input", arguments={"at": at, "dtype": wanted}),
        oddness=3.0,
    )  # fmt: skip
    if odd_weights:
        fix = Fix(title=f"keep the weights in float32: no .to(torch.{wanted}) on the model, or give it {wanted} inputs")
        yield replace(base, fix=fix, related=(part.place,))
        return
    yield from _placed(crash, base, _origin(crash, given), wanted, given)


def _loss(crash: Crash) -> Iterator[Suspicion]:
    call = crash.call
    if call is None or call.name not in (*OF_CLASSES, *ELEMENTWISE):
        return
    output, target = call.tensor(0, "input"), call.tensor(1, "target")
    weight = call.named.get("weight")
    if output is None or target is None:
        return
    if isinstance(weight, Tensor) and weight.dtype != output.dtype:
        yield Suspicion(
            fault="dtype-mismatch",
            claim=f"the weights of the classes are {weight.dtype}, the outputs {output.dtype}",
            place=crash.part.place if crash.part is not None and crash.part.place.path else crash.line,
            related=(crash.line,),
            change=Change(
                name="cast_input", arguments={"at": call.location, "dtype": output.dtype, "argument": "weight"}
            ),
            fix=Fix(title=f"make them {output.dtype}: {_method(output.dtype)}", applies="probably"),
            oddness=3.0,
        )
        return
    classes = call.name in OF_CLASSES and target.shape != output.shape
    wanted = "int64" if classes else output.dtype
    if target.dtype == wanted:
        return
    what = "class indices" if classes else "one-hot targets" if call.name in OF_CLASSES else "targets"
    base = Suspicion(
        fault="dtype-mismatch",
        claim=f"`{call.name}` wants {what} as {wanted} and gets {target.dtype}",
        place=crash.line,
        saw=(
            Measure(
                name="target",
                value=target.dtype,
                expected=f"{wanted}, as the {'loss looks up classes' if classes else 'output'}",
            ),
        ),
        change=Change(name="cast_target", arguments={"at": call.location, "dtype": wanted}),
        oddness=3.0,
    )
    yield from _placed(crash, base, target_node(crash), wanted, target, argument=1)


def _whole_numbers(crash: Crash) -> Iterator[Suspicion]:
    """The mean of whole numbers, of true and false."""
    call = crash.call
    if call is None or call.name not in OF_FLOATS or not call.tensors or call.tensors[0].is_float:
        return
    given = call.tensors[0]
    node = source.call_at(crash.line, call.name)
    owner = node.func.value if node is not None and isinstance(node.func, ast.Attribute) else None
    module = isinstance(owner, ast.Name) and owner.id in ("torch", "F")
    diff = ""
    if node is not None and module:
        diff = source.around(node, crash.line, ".float()")
    elif node is not None and owner is not None:
        diff = source.diff(crash.line, node.func, f"{source.in_brackets(crash.line, owner)}.float().{call.name}")
    yield Suspicion(
        fault="dtype-mismatch",
        claim=f"`{call.name}` wants floating point numbers and gets {given.dtype}",
        place=crash.line,
        saw=(Measure(name=f"input of {call.name}", value=given.dtype, expected="float32"),),
        change=Change(name="cast_input", arguments={"at": call.location, "dtype": "float32"}),
        fix=Fix(title="convert first: .float()", diff=diff, applies="probably"),
        oddness=3.0,
    )


def _odd_one(crash: Crash) -> Iterator[Suspicion]:
    """Any other call: the argument whose type differs from a parameter's, else from the others'."""
    call = crash.call
    if call is None:
        return
    types = list(dict.fromkeys(t.dtype for t in call.tensors))
    base = Suspicion(
        fault="dtype-mismatch",
        claim=f"`{call.name.strip('_')}` cannot take {' and '.join(types)}" + (" together" if len(types) > 1 else ""),
        place=replace(crash.line, object=crash.modules[-1].path if crash.modules else ""),
        oddness=1.0,
    )
    index = call.tensors[-1]
    if (
        call.name == "__getitem__"
        and index.is_float
        and len(call.arguments) == 2
        and isinstance(call.arguments[1], Tensor)
    ):
        change = Change(name="cast_input", arguments={"at": call.location, "dtype": "int64", "argument": 1})
        yield replace(base, claim=f"an index is {index.dtype}: whole numbers or truth values are wanted", change=change,
                      fix=Fix(title="convert it: .long()"), oddness=3.0)  # fmt: skip
        return
    floats = [t for t in call.tensors if t.is_float]
    wanted = next((t.dtype for t in floats if t.parameter), None) or (
        "float32" if any(t.dtype == "float32" for t in floats) else None
    )
    given = ", ".join(t.dtype for t in call.tensors)
    fact = replace(base, read_off=f"the arguments are {given}", fix=Fix(title="bring them to one type"))
    for number, value in enumerate(call.arguments):
        if wanted is not None and isinstance(value, Tensor) and value.dtype != wanted and not value.parameter:
            change = Change(name="cast_input", arguments={"at": call.location, "dtype": wanted, "argument": number})
            fix = Fix(title=f"make it {wanted}: {_method(wanted)}", applies="probably")
            converted = next(
                (s for s in crash.sources if s is not None and s.made is not None and s.made.dtype == value.dtype), None
            )
            related = (converted.place,) if converted is not None and converted.place.line else ()
            kept, place = source.operand(crash.line, number), base.place
            claim = f"{base.claim}: argument {number + 1} is {value.dtype}, the others are {wanted}"
            made = origins.maker(crash, crash.line, kept) if isinstance(kept, (ast.Name, ast.Attribute)) else None
            if made is not None and made.line and not converted:
                claim = f"{base.claim}: `{ast.unparse(kept)}` is {value.dtype}"  # type: ignore[arg-type]
                place, related = replace(made, object=base.place.object), (crash.line,)
                fix = replace(fix, title=f"make it {wanted} where it is made: {_method(wanted)}")
                fact = replace(fact, claim=claim, place=place, related=related, fix=fix)
            yield replace(base, claim=claim, place=place, change=change, related=related, fix=fix, oddness=2.0)
    yield fact


def _in_backward(crash: Crash) -> Iterator[Suspicion]:
    """A loss of differences takes whole numbers or float64 in the forward, and stops in backward."""
    step = next((s for s in reversed(crash.chain) if s.name in ELEMENTWISE), None)
    if step is None or len(step.given) < 2 or step.given[0].dtype == step.given[1].dtype:
        return
    wanted, got = step.given[0].dtype, step.given[1].dtype
    call = source.call_at(step.place)
    node = call.args[1] if call is not None and len(call.args) > 1 else None
    base = Suspicion(
        fault="dtype-mismatch",
        claim=f"`{step.name}` gets {wanted} outputs and {got} targets: its gradient cannot be one of {wanted}",
        place=step.place,
        saw=(Measure(name="target", value=got, expected=f"{wanted}, as the output"),),
        change=Change(name="cast_target", arguments={"at": {"target": dict(step.target)}, "dtype": wanted}),
        related=(crash.line,),
        oddness=3.0,
    )
    yield from _placed(crash, base, origins.maker(crash, step.place, node), wanted, step.given[1], argument=1)


# -- where it comes from ---------------------------------------------------------------------------------------------------


def _origin(crash: Crash, given: Tensor) -> Place | None:
    """Where the type came in: a step on the way that changed it, else the line that made the model's input."""
    step = next(
        (
            s
            for s in crash.chain
            if s.made and s.made.dtype == given.dtype and s.given and _data(s).dtype != given.dtype
        ),
        None,
    )
    if step is not None and step.place.line:
        return step.place
    if not crash.modules:
        return None
    root = crash.modules[0]
    index = next((i for i, t in enumerate(root.inputs) if t.dtype == given.dtype), None)
    call = source.call_at(root.called)
    node = call.args[index] if call is not None and index is not None and index < len(call.args) else None
    return origins.maker(crash, root.called, node)


def _data(step: Step) -> Tensor:
    return next((t for t in step.given if not t.parameter), step.given[0])


def _placed(
    crash: Crash, base: Suspicion, made: Place | None, wanted: str, given: Tensor, argument: int = 0
) -> Iterator[Suspicion]:
    """The line that made the tensor is the place, where it is known; the call is related."""
    suffix = _method(wanted)
    if given.dtype == "uint8" and wanted.startswith("float") and (given.high or 0) > 1:
        suffix += " / 255"
    title = f"make it {wanted}: {suffix}"
    if made is None or not made.line or (made.line == base.place.line and made.path == base.place.path):
        node = source.call_at(base.place)
        diff = source.around(node, base.place, suffix, argument) if node is not None and not base.place.object else ""
        yield replace(base, fix=Fix(title=title, diff=diff, applies="probably"))
        return
    yield replace(
        base,
        place=replace(made, object=base.place.object),
        related=(base.place, *[p for p in base.related if p.line != base.place.line]),
        fix=Fix(title=title, diff=_where_made(made, wanted, suffix), applies="probably"),
    )


def _where_made(made: Place, wanted: str, suffix: str) -> str:
    """The type written where the tensor is made, if that is a call of torch's."""
    node = source.expression_at(made)
    if not isinstance(node, ast.Call):
        return ""
    dtype = next((k.value for k in node.keywords if k.arg == "dtype"), None)
    if dtype is not None:
        return source.diff(made, dtype, f"torch.{wanted}")
    if source.begins_with_torch(node):
        return source.diff(made, node, ast.unparse(node) + suffix)
    return ""


def _method(dtype: str) -> str:
    return METHODS.get(dtype, f".to(torch.{dtype})")
