"""Loaders: iterated, a batch drawn and handed out, with the rows it is made of."""

from __future__ import annotations

import contextlib
import functools
import os
from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from unstuck.observe.identity import ByIdentity

if TYPE_CHECKING:
    from unstuck.observe.session import Session


def install(session: Session) -> None:
    """On the loader, and on its iterator: that is what a batch is drawn from."""
    loader_of: ByIdentity[int] = ByIdentity()
    session.replace(_BaseDataLoaderIter, "_next_index", functools.partial(_watched_next_index, session))
    session.replace(DataLoader, "__iter__", functools.partial(_watched_iter, session, loader_of))
    session.replace(_BaseDataLoaderIter, "__next__", functools.partial(_watched_next, session, loader_of))


def _watched_next_index(session: Session, original: Any) -> Any:
    @functools.wraps(original)
    def _next_index(iterator: Any) -> Any:
        index = original(iterator)
        if iterator._num_workers == 0 and os.getpid() == session.pid:
            session.positions = _stored_positions(getattr(iterator, "_dataset", None), index)
        return index

    return _next_index


def _watched_iter(session: Session, loader_of: ByIdentity[int], original: Any) -> Any:
    @functools.wraps(original)
    def __iter__(loader: Any) -> Any:
        if os.getpid() == session.pid:
            session.moment += 1
            session.iterated_at[session.ordinal(loader)] = session.moment
            session.tell(session.on.iterate, loader)
        iterator = original(loader)
        loader_of[iterator] = session.ordinal(loader)
        return iterator

    return __iter__


def _watched_next(session: Session, loader_of: ByIdentity[int], original: Any) -> Any:
    @functools.wraps(original)
    def __next__(iterator: Any) -> Any:
        if os.getpid() != session.pid:
            return original(iterator)
        session.drawing = loader_of.get(iterator, -1)
        session.tell(session.on.draw, iterator)
        with session.looking_away():
            batch = original(iterator)
        for keep in session.on.batch:
            with session.stepping_aside(keep):
                batch = keep(batch)
        return batch

    return __next__


def _stored_positions(dataset: Any, index: Any) -> list[int] | None:
    """Positions in the innermost stored data for the indices of a batch; subsets are looked through."""
    if not isinstance(index, (list, tuple)) or not all(isinstance(i, int) for i in index):
        return None
    positions = list(index)
    with contextlib.suppress(Exception):
        while hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
            positions = [int(dataset.indices[i]) for i in positions]
            dataset = dataset.dataset
    return positions
