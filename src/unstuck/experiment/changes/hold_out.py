"""Keep some rows from training and look at them at the end: a way of measuring, not a change.

Rows are told apart by a hash of their input values (of their place where each is but one number), so that a row is on the
same side in every epoch and every universe. The inputs lead; labels that are made before them wait, and are put right in
place once the inputs are there.
Held-out rows are replaced in their batch by rows of the batch before: twice in one batch, a row would be its own rival where
rows are told from each other (contrastive losses). In the last backwards the program is shown held-out rows, in
eval mode, its own code computes the loss, and neither backward nor step takes place.
"""

from __future__ import annotations

import functools
from typing import Any

import torch

from unstuck.experiment.changes import World
from unstuck.experiment.changes._probing import Probing
from unstuck.experiment.changes._row_by_row import RowByRow
from unstuck.experiment.changes._rows import together
from unstuck.observe.calls import Call
from unstuck.observe.events import Backward
from unstuck.observe.leaves import Leaf, replaced

ONE_IN = 5
POOL = 512


class HoldOut:
    """Splits the rows of all leaves alike; `first_probe` is the backward from which held-out rows are shown."""

    def __init__(
        self, world: World, leaves: tuple[dict[str, Any], ...], first_probe: int, row_by_row: bool = False
    ) -> None:
        self.world = world
        self.row_by_row = row_by_row
        self.now = torch.zeros(0, dtype=torch.long)
        self.broken = False
        self._watched = False
        self.leaves = [Leaf.from_data(data) for data in leaves]
        """In the order in which they are made in a step."""
        self.lead = next(
            (leaf for leaf, data in zip(self.leaves, leaves, strict=True) if data.get("leads")), self.leaves[0]
        )
        self._numbers = any(data.get("numbers") for data in leaves)
        """The leaf holds the numbers of the rows."""
        self._waiting: dict[Leaf, torch.Tensor] = {}
        """Made before the lead in this step."""
        self._varies = any(data.get("varies") for data in leaves)
        self.pool: dict[Leaf, dict[int, torch.Tensor]] = {}
        """Rows that were kept, by slot: one by one, for those of a padded batch may have any length."""
        self.rows_seen = 0
        self._known: set[float] = set()
        self._order: torch.Tensor | None = None
        self._held: torch.Tensor | None = None
        self._batches = 0
        self._spare: dict[Leaf, tuple[int, torch.Tensor]] = {}
        """Rows of the batch before that may be trained on, and its number."""
        self._slots: tuple[torch.Tensor, torch.Tensor] | None = None
        self._shown = 0
        self._stand = torch.full((POOL,), -1, dtype=torch.long)
        self.rows: list[tuple[int, float, float]] = []
        """Of held-out rows whose place in the stored data is known: place, loss, loss with the label of a neighbour."""
        self._generator = torch.Generator().manual_seed(5)
        world.hits["hold out"] = 0
        if self.lead != self.leaves[0] and any(leaf.source != "loader" for leaf in self.leaves):
            world.calls.listeners.append(self._watch_use)
        session = world.session
        if any(leaf.source == "loader" for leaf in self.leaves):
            session.on.batch.append(self._batch)
        filters = world.filters(list(leaves))
        for leaf in self.leaves:
            if leaf.source != "loader":
                filters.on(leaf, functools.partial(self._filter, leaf))
        Probing(world, first_probe)
        session.on.backward.append(self._forget_positions)

    def _forget_positions(self, event: Backward) -> None:
        self.world.session.positions = None

    def _batch(self, batch: Any) -> Any:
        for leaf in self.leaves:
            if leaf.source == "loader" and leaf.loader == self.world.session.drawing:
                batch = replaced(batch, leaf.path, functools.partial(self._filter, leaf))
        return batch

    def _filter(self, leaf: Leaf, tensor: torch.Tensor) -> torch.Tensor:
        if self.world.probing and self.row_by_row and not self._watched:
            self._watched = True
            self.world.calls.listeners.append(RowByRow(self))
        if tensor.dim() == 0 or not torch.is_grad_enabled():  # what is validated is left alone
            return tensor
        if self.world.probing:
            return self._show(leaf, tensor, first=leaf == self.leaves[0])
        if leaf == self.lead:
            self._split(tensor)
            for early, copy in self._waiting.items():
                copy.copy_(self._replaced(early, copy.clone()))
            self._waiting = {}
        elif self.leaves.index(leaf) < self.leaves.index(self.lead):
            self._waiting[leaf] = tensor.detach().clone()
            return self._waiting[leaf]
        return self._replaced(leaf, tensor)

    def _watch_use(self, call: Call) -> None:
        """What the program made of a leaf that still waits has the rows as they were: then nothing can be held out."""
        arguments = [*call.args, *call.kwargs.values()]
        waiting = self._waiting.values()
        if any(copy is a for copy in waiting for a in arguments) and all(call.result is not copy for copy in waiting):
            self.broken = True

    def _replaced(self, leaf: Leaf, tensor: torch.Tensor) -> torch.Tensor:
        """The leaf's rows without the held-out ones, which are kept."""
        if self._order is None or len(self._order) != len(tensor):
            return tensor
        assert self._held is not None
        self._keep(leaf, tensor[self._held])
        spare = self._spare.get(leaf, (0, tensor[:0]))[1]
        self._spare[leaf] = (self._batches, tensor[~self._held].detach())
        if spare.shape[1:] == tensor.shape[1:]:
            return torch.cat([tensor, spare])[self._order]
        self._varies = True
        return tensor[torch.where(self._order < len(tensor), self._order, torch.arange(len(tensor)))]

    def _split(self, tensor: torch.Tensor) -> None:
        positions = tensor.tolist() if self._numbers else self.world.session.positions
        known = positions is not None and len(positions) == len(tensor)
        # Rows that are numbers of viewers or words: one of each would be unknown in training, so their place tells them apart.
        marks = _row_marks(torch.tensor(positions) if known and tensor.dim() == 1 else tensor)
        held = marks < 1.0 / ONE_IN
        self._note_repeats(marks)
        good = torch.nonzero(~held).flatten()
        if not len(good):  # a batch of held-out rows only is left as it is
            held, good = torch.zeros_like(held), torch.arange(len(held))
        self._held = held
        spare = self._spare_rows(tensor)
        instead = torch.arange(len(held), len(held) + spare) if spare else good
        order = torch.arange(len(held))
        order[held] = instead[torch.arange(int(held.sum())) % len(instead)]
        self._order = order
        self._batches += 1
        self._slots = self._choose_slots(int(held.sum()))
        if known:
            chosen, slots = self._slots
            self._stand[slots] = torch.tensor(positions, dtype=torch.long)[held][chosen]
        self.rows_seen += int(held.sum())

    def _spare_rows(self, tensor: torch.Tensor) -> int:
        """How many rows of the batch before can stand in, in every leaf."""
        if self._varies:
            return 0
        kept = [self._spare.get(leaf, (0, None)) for leaf in self.leaves]
        rows = [spare for number, spare in kept if spare is not None and number == self._batches]
        alike = len(rows) == len(self.leaves) and rows[0].shape[1:] == tensor.shape[1:]
        return len(rows[0]) if alike and all(len(r) == len(rows[0]) for r in rows) else 0

    def _note_repeats(self, marks: torch.Tensor) -> None:
        """Until when rows were fresh: a training loss on rows never seen before is as honest as a held-out one."""
        values = marks.tolist()
        if "fresh until" not in self.world.notes and sum(v in self._known for v in values) > len(values) / 2:
            self.world.notes["fresh until"] = self.world.session.backwards
        if len(self._known) < 1_000_000:
            self._known.update(values)
            self.world.notes["distinct rows"] = len(self._known)

    def _choose_slots(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Reservoir sampling: which of the new rows go where in the pool."""
        rows, slots = [], []
        for row in range(count):
            seen = self.rows_seen + row
            slot = seen if seen < POOL else int(torch.randint(seen + 1, (1,), generator=self._generator))
            if slot < POOL:
                rows.append(row)
                slots.append(slot)
        return torch.tensor(rows, dtype=torch.long), torch.tensor(slots, dtype=torch.long)

    def _keep(self, leaf: Leaf, rows: torch.Tensor) -> None:
        if not len(rows) or self._slots is None:
            return
        chosen, slots = self._slots
        pool = self.pool.setdefault(leaf, {})
        for row, slot in zip(chosen.tolist(), slots.tolist(), strict=True):
            pool[slot] = rows[row].detach().clone()

    def _show(self, leaf: Leaf, tensor: torch.Tensor, *, first: bool) -> torch.Tensor:
        pool, size = self.pool.get(leaf), min(self.rows_seen, POOL)
        if pool is None or len(pool) < size or not size or self.broken:
            return tensor
        if first:
            self._shown += 1
        order = self._in_stored_order(size) if self.row_by_row else self._in_any_order(size)
        self.now = order[(torch.arange(len(tensor)) + (self._shown - 1) * len(tensor)) % len(order)]
        rows = together([pool[slot] for slot in self.now.tolist()])
        if rows is None:
            return tensor
        self.world.hits["hold out"] += 1
        return rows

    def _in_any_order(self, size: int) -> torch.Tensor:
        """Mixed, whatever order the rows came in: each batch that is shown stands for all of them."""
        return torch.randperm(size, generator=torch.Generator().manual_seed(11))

    def _in_stored_order(self, size: int) -> torch.Tensor:
        """The pool's rows, each once, in the order of the stored data where it is known: neighbours stand together."""
        stand = self._stand[:size]
        if not size or bool((stand < 0).any()):
            return torch.arange(size)
        first: dict[int, int] = {}
        for slot, position in enumerate(stand.tolist()):
            first.setdefault(position, slot)
        return torch.tensor([first[position] for position in sorted(first)])


def _row_marks(tensor: torch.Tensor) -> torch.Tensor:
    """A number in [0, 1) for each row that depends on its values only."""
    data = tensor.detach().cpu()
    rows = data.flatten(1).double() if data.dim() > 1 else data.double()[:, None]
    rows = torch.nan_to_num(rows, 0.0, 0.0, 0.0)
    weights = torch.sin(torch.arange(1, rows.shape[1] + 1, dtype=torch.float64) * 12.9898) * 43758.5453
    mixed = (rows * weights).sum(1).abs()
    return (mixed * 1.61803398875 * 1e3) % 1.0
