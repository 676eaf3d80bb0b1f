"""A softmax where cross-entropy expects raw scores."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.places import place
from unstuck.trace.summaries import Losses


@fault(stage="loss")
def softmax_before_cross_entropy(losses: Losses) -> Iterator[Suspicion]:
    """the loss is given probabilities, and applies softmax to them again

    What it is:
        A softmax stands between the model's scores and a loss that applies log-softmax itself.
    Why it hurts:
        Probabilities differ by at most one, so the second softmax can never be sure: with K classes the loss cannot
        fall below ln(1 + (K − 1)/e), 1.46 for ten, and gradients are small all the way.
    How it is found:
        On the autograd graph a softmax feeds the loss's own log-softmax through operations that only change shape.
    How it is proved:
        A universe in which that one call returns its input must leave the floor behind.
    Fails:
        zoo/softmax-before-cross-entropy/digits_sequential.py
    Passes:
        the same program without the softmax
    Look-alikes:
        Softmax with `nll_loss(log(p))`, attention weights, a log-softmax before cross-entropy (changes nothing: it is
        reported as measured harmless).
    Source:
        SYSTEM B3, O4d, B0.3.
    """
    for graph in losses.graphs.values():
        for chain in graph["chains"]:
            nodes = chain["nodes"]
            if not chain["loss"].startswith("NllLoss") or not nodes or nodes[0]["kind"] != "own log-softmax":
                continue
            for node in nodes[1:]:
                if node["kind"] not in ("Softmax", "LogSoftmax") or node["note"] is None:
                    continue
                called = "log_softmax" if node["kind"] == "LogSoftmax" else "softmax"
                where = place(node["note"]["site"], object=node["note"]["target"]["module"] or "")
                classes = next((c.output_shape[1] for c in losses.calls if len(c.output_shape) > 1), 0)
                yield Suspicion(
                    fault="softmax-before-cross-entropy",
                    claim=f"{called} feeds cross_entropy, which applies log_softmax itself",
                    place=where,
                    saw=(
                        Measure(
                            name="softmaxes between the scores and the loss",
                            value=2,
                            expected="1, inside cross_entropy (its definition)",
                        ),
                    ),
                    change=Change(name="bypass_call", arguments={"targets": [node["note"]["target"]]}),
                    fix=Fix(
                        title=f"give the loss the raw scores: drop this {called}; use it only to print probabilities",
                        applies="probably",
                    ),
                    oddness=2.0 + (classes > 0),
                )
