"""Trained in eval mode."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.summaries import Model, ModeRun, Modes


@fault(stage="mode")
def eval_mode_in_training(modes: Modes, model: Model) -> Iterator[Suspicion]:
    """the model is in eval mode while it is trained

    What it is:
        `eval()` was called for validation, and `train()` never again, or never at all.
    Why it hurts:
        Dropout does nothing, batch norm uses and never updates its running statistics: another model is trained than meant.
    How it is found:
        The mode of every module that depends on it, at every training step of the whole run.
    How it is proved:
        Read off: the model's own flag at the steps in question, and the line that set it; the effect of `train()` is
        measured beside it.
    Fails:
        zoo/eval-mode-in-training/deep_convnet.py
    Passes:
        the same programs with `train()` at the start of each epoch
    Look-alikes:
        Batch norm frozen on purpose (only those modules are in eval: tried, and silent if it does no harm), teachers,
        models with nothing that depends on the mode.
    Source:
        SYSTEM B4.
    """
    for run in modes.runs:
        if not run.asleep or run.last - run.first < 1:
            continue
        if run.training or run.asleep < run.dependent:
            yield from _frozen(run)
            continue
        before = any(r.root == run.root and r.training for r in modes.runs if r.first < run.first)
        loaded = model.parameters and all(p.loaded for p in model.parameters)
        if loaded and not before:
            continue  # a loaded model fine-tuned in eval mode from the start: meant so
        yield Suspicion(
            fault="eval-mode-in-training",
            claim=f"{run.kind} is in eval mode at training steps {run.first} to {run.last}",
            place=run.place,
            saw=(
                Measure(name="modules that depend on the mode and are in eval", value=run.asleep,
                        unit=f"of {run.dependent}", expected="0 while training"),
            ),
            change=Change(name="force_mode", arguments={"training": True}),
            read_off=f"model.training is False from step {run.first} on",
            fix=Fix(title="call model.train() at the start of each epoch, after validation", applies="probably"),
            oddness=3.0,
        )  # fmt: skip
        return


def _frozen(run: ModeRun) -> Iterator[Suspicion]:
    """Some or all of what depends on the mode is in eval mode: often meant so, and right if it does no harm."""
    which = "all" if run.asleep == run.dependent else f"{run.asleep} of"
    yield Suspicion(
        fault="eval-mode-in-training",
        claim=f"{which} {run.dependent} modules of {run.kind} that depend on the mode are in eval mode while it trains",
        place=run.place,
        saw=(Measure(name="modules that depend on the mode and are in eval", value=run.asleep,
                     unit=f"of {run.dependent}", expected="0 while training, unless they are frozen on purpose"),),
        change=Change(name="force_mode", arguments={"training": True}),
        metric="held-out loss",
        fix=Fix(title="let them train: do not call eval() on a part that goes on learning"),
        contradicts=not run.training,  # eval() of the whole was undone for a part only
        oddness=1.0,
    )  # fmt: skip
