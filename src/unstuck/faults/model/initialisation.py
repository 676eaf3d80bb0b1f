"""The two faults of the starting weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log10, sqrt

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace import source
from unstuck.trace.summaries import Model, Parameter

USUAL_GAIN = (0.2, 2.0)
"""Spread × √inputs: 0.58 is torch's own, 1.41 He's, 1.67 what is advised before a tanh."""
SPREADS = ("std", "gain", "val", "a", "b")
"""What the functions of `torch.nn.init` call the size of what they draw."""


@fault(stage="model")
def constant_initialisation(model: Model) -> Iterator[Suspicion]:
    """the units of a layer start identical, and stay so

    What it is:
        All weights of a layer are zero or one constant.
    Why it hurts:
        Equal units get equal gradients: a layer of a hundred computes what one unit could, or, at zero, nothing flows.
    How it is found:
        All rows of a weight matrix are equal at the first step.
    How it is proved:
        With usual starting values for these weights the program learns materially more.
    Fails:
        zoo/constant-initialisation/gru_forecast.py
    Passes:
        the same programs with torch's own initialisation
    Look-alikes:
        A last layer or residual branch that starts at zero on purpose: measured harmless.
    Source:
        SYSTEM R4a.
    """
    equal = [
        p for p in model.parameters
        if _constant(p) and len(p.shape) > 1 and p.requires_grad and "Norm" not in p.kind
        and ("Embedding" not in p.kind or p.shape[1] > 1)
    ]  # fmt: skip
    if not equal:
        return
    names = [p.name for p in equal]
    biases = [
        p.name for p in model.parameters
        if len(p.shape) == 1 and p.module in {e.module for e in equal} and p.std == 0 and p.mean != 0
    ]  # fmt: skip
    yield Suspicion(
        fault="constant-initialisation",
        claim=f"all units of {equal[0].module or equal[0].name} start with the same weights",
        place=source.maker_of_parameter(equal[0].init_place),
        saw=(
            Measure(name="distinct rows of " + equal[0].name, value=1, expected=f"{equal[0].shape[0]}"),
            Measure(name="its spread", value=equal[0].std, expected=f"{1 / sqrt(3 * max(1, equal[0].fan_in)):.2g}"),
        ),
        change=Change(name="reinitialise", arguments={"names": names + biases}),
        fix=Fix(title="leave torch's own initialisation, or kaiming_uniform_ / xavier_uniform_ the weights"),
        related=tuple(p.init_place for p in equal[:3]),
        argument=SPREADS,
        oddness=3.0,
        explains=("vanishing-gradient", "dead-relu", "learning-rate-too-low", "bad-initialisation"),
    )


@fault(stage="model")
def bad_initialisation(model: Model) -> Iterator[Suspicion]:
    """the starting weights make the signal grow or shrink layer by layer

    What it is:
        Weights drawn with a spread that does not fit the number of inputs of a layer.
    Why it hurts:
        Activations and gradients grow or vanish with depth; the loss starts far above chance, or nothing flows.
    How it is found:
        Spread times √inputs of a weight matrix outside the range of He, Glorot, LeCun and torch's own.
    How it is proved:
        With usual starting values (He's, or torch's own) for these weights and all that the same line fills, the program
        learns materially more at its own learning rate.
    Fails:
        zoo/bad-initialisation/plain_convnet.py
    Passes:
        the same programs with torch's own initialisation
    Look-alikes:
        Small last layers, scaled residual branches, embeddings: measured harmless.
    Source:
        SYSTEM W2b; He et al. 2015.
    """
    odd = [
        (abs(log10(gain / (USUAL_GAIN[0] if gain < 1 else USUAL_GAIN[1]))), gain, p)
        for p in model.parameters
        if len(p.shape) > 1 and p.requires_grad and not _constant(p) and p.fan_in and _multiplies(p)
        and not _as_its_module_made_it(p)
        and not USUAL_GAIN[0] < (gain := max(p.std, 1e-30) * sqrt(p.fan_in)) < USUAL_GAIN[1]
    ]  # fmt: skip
    if not odd:
        return
    how_far, gain, oddest = max(odd, key=lambda item: item[0])
    large = gain > 1
    first = next(p for far, gain, p in odd if far >= how_far / 2 and (gain > 1) == large)
    named = {p.name for *_, p in odd}
    lines = {_line_of(p) for *_, p in odd} - {("", 0)}
    alike = [p for p in model.parameters if p.name in named or (len(p.shape) > 1 and _line_of(p) in lines)]
    suspicion = Suspicion(
        fault="bad-initialisation",
        claim=f"the weights of {first.module or first.name} start {'too large' if large else 'too small'}",
        place=source.maker_of_parameter(first.init_place),
        saw=(
            Measure(name=f"spread of {oddest.name} at the start", value=float(f"{oddest.std:.3g}"),
                    expected=f"{1 / sqrt(3 * oddest.fan_in):.2g} to {sqrt(2 / oddest.fan_in):.2g} (torch's own to He)"),
        ),
        change=Change(name="reinitialise", arguments={"names": [p.name for p in alike if _multiplies(p)]}),
        fix=Fix(title="leave torch's own initialisation, or kaiming_normal_ / xavier_normal_ the weights"),
        related=tuple(dict.fromkeys(p.init_place for p in (first, *(p for *_, p in odd[:2])))),
        argument=SPREADS,
        oddness=min(3.0, 0.5 + max(o for o, *_ in odd)),
        explains=("dead-relu", "vanishing-gradient", "exploding-gradient", "learning-rate-too-high"),
    )  # fmt: skip
    yield suspicion
    as_torch_does = Change(name="reinitialise", arguments={"names": [p.name for p in alike], "own": True})
    yield replace(suspicion, change=as_torch_does, quiet=True)


def _line_of(parameter: Parameter) -> tuple[str, int]:
    """The line that gives it its values: often one for all weights of a model."""
    return parameter.init_place.path, parameter.init_place.line


def _constant(parameter: Parameter) -> bool:
    return parameter.rows_equal or parameter.std <= 1e-5 * max(parameter.largest, 1e-30)


def _as_its_module_made_it(parameter: Parameter) -> bool:
    """Filled while its module was constructed by the user's line, and never since: the module's own starting values."""
    made = parameter.place
    return bool(parameter.filled) and all((p.path, p.line) == (made.path, made.line) for _, p in parameter.filled)


def _multiplies(parameter: Parameter) -> bool:
    return "Norm" not in parameter.kind and "Embedding" not in parameter.kind
