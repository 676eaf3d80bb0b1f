"""Rows that come in runs."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.facts import Change, Fix, Measure, Suspicion
from unstuck.faults import fault
from unstuck.trace.loaders import Loader, Loaders
from unstuck.trace.provenance import Origins
from unstuck.trace.summaries import Batches, Leaf


@fault(stage="data")
def not_shuffled(batches: Batches, loaders: Loaders, origins: Origins) -> Iterator[Suspicion]:
    """training rows come in runs of one class or value

    What it is:
        Stored data are sorted, and the loader draws them in order.
    Why it hurts:
        Each batch pulls the model to its own class, and the next pulls it away.
    How it is found:
        The loader draws in order; how much the labels differ from batch to batch.
    How it is proved:
        Drawn in random order (of a stream: from all rows that came so far), held-out rows are predicted materially better.
    Fails:
        zoo/not-shuffled/folder_digits.py
    Passes:
        the same programs with shuffle=True
    Look-alikes:
        Data that are stored mixed, series that are meant to stay in order: measured harmless.
    Source:
        SYSTEM O14.
    """
    leaves = batches.targets or batches.inputs
    if not leaves:
        return
    runs = max((_between(leaf) for leaf in leaves), default=0.0)
    ordered = loaders.in_order(leaves[0])
    loader = loaders.of(leaves[0])
    streams = loader is not None and loader.rows is None
    by_hand = loader is None and leaves[0].in_order
    if ordered is False or (ordered is None and runs < 3 and not streams and not by_hand):
        return
    leaf = leaves[0]
    yield Suspicion(
        fault="not-shuffled",
        claim="training rows are drawn in stored order, and come in runs" if not streams
        else "training rows are taken in the order of the stream",
        place=origins.place_of(leaf, "order"),
        saw=(
            Measure(name="how much labels differ from batch to batch", value=round(runs, 2),
                    expected="about 1 for rows drawn at random"),
        ),
        change=_other_order(batches, loader),
        metric="held-out loss",
        fix=Fix(
            title="mix the rows on the way: a buffer that is drawn from at random, or the files in random order"
            if streams
            else "draw the training rows at random: shuffle=True",
            applies="probably",
        ),
        related=origins.related(leaf, "order"),
        oddness=min(3.0, 0.5 + runs / 5),
        quiet=(streams or by_hand) and runs < 3,
        late=True,
        contradicts=not streams,  # steps on rows drawn at random is what the optimizer takes for granted
    )  # fmt: skip


def _other_order(batches: Batches, loader: Loader | None) -> Change:
    """A sampler or stored tensors are drawn from anew; what only streams by is mixed with what came before."""
    if loader is not None and loader.rows is not None:
        return Change(name="draw_in_random_order", arguments={"loader": loader.ordinal})
    calls = [x for x in batches.leaves if x.leaf["source"] == "call"]
    indexed = [x for x in calls if x.leaf["target"]["function"] == "__getitem__"]
    windows = any(len(x.shape) > 1 and x.roles >= {"input", "target"} for x in indexed)  # of one long text
    if indexed and loader is None and not windows and not _by_other_means(batches):
        return Change(name="draw_in_random_order", arguments={"leaves": batches.named(*indexed)})
    if loader is None and len(batches.indices) == 1:
        return Change(name="mix_rows", arguments={"leaves": batches.named(*batches.indices)})
    with_rows = [x for x in batches.leaves if x.roles]
    if loader is not None and len({x.shape[:1] for x in with_rows}) > 1:  # texts in one long row, say
        return Change(name="mix_rows", arguments={"loader": loader.ordinal})
    return Change(name="mix_rows", arguments={"leaves": batches.named(*with_rows)})


def _is_stored(leaf: Leaf) -> bool:
    """Drawn from data, not made in the step (the ones and zeros of a GAN)."""
    return leaf.leaf["source"] == "loader" or (
        leaf.leaf["source"] == "call" and leaf.leaf["target"]["function"] in ("__getitem__", "index_select")
    )


def _by_other_means(batches: Batches) -> bool:
    """Inputs that are gathered from lists by the numbers that targets are indexed by."""
    indexed = [x for x in batches.inputs if x.leaf["target"] and x.leaf["target"]["function"] == "__getitem__"]
    return len(batches.indices) == 1 and not indexed


def _between(leaf: Leaf) -> float:
    """Spread of the batches' means beside what rows drawn at random would give (1)."""
    batches = [b for b in leaf.batches if b["rows"] > 1]
    if len(batches) < 4:
        return 0.0
    if all(b["std"] == 0 for b in batches) and _is_stored(leaf):  # one class in all that was seen
        return float(max(b["rows"] for b in batches) ** 0.5)
    means = [b["mean"] for b in batches]
    overall = sum(means) / len(means)
    between = sum((m - overall) ** 2 for m in means) / (len(means) - 1)
    within = sum(b["std"] ** 2 for b in batches) / len(batches) + between
    rows = sum(b["rows"] for b in batches) / len(batches)
    return (between / (within / rows)) ** 0.5 if within > 0 else 0.0
