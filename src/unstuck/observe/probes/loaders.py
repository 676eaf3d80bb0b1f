"""The data loaders that exist and how they draw (cheap: described at the first draw, while they live)."""

from __future__ import annotations

from typing import Any

from unstuck.observe.session import Session


class Loaders:
    """One entry per loader, in order of construction."""

    name = "loaders"

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: dict[int, dict[str, Any]] = {}
        session.on.draw.append(self._draw)

    def _draw(self, iterator: Any) -> None:
        ordinal = self.session.drawing
        if ordinal >= 0 and ordinal not in self.entries and (loader := self.session.loaders[ordinal]()) is not None:
            self.entries[ordinal] = self._describe(ordinal, loader)

    def record(self) -> list[dict[str, Any]]:
        """Sampler, size, places of every loader that was drawn from."""
        return [self.entries[ordinal] for ordinal in sorted(self.entries)]

    def _describe(self, ordinal: int, loader: Any) -> dict[str, Any]:
        site = self.session.place_of(loader)
        dataset_site = self._dataset_site(loader.dataset)
        try:
            rows = len(loader.dataset)
        except TypeError:
            rows = None
        return {
            "ordinal": ordinal,
            "site": list(site) if site else None,
            "dataset_site": list(dataset_site) if dataset_site else None,
            "dataset": type(loader.dataset).__name__,
            "sampler": type(getattr(loader, "sampler", None)).__name__,
            "rows": rows,
            "batch_size": loader.batch_size,
            "workers": loader.num_workers,
        }

    def _dataset_site(self, dataset: Any) -> Any:
        """Where the dataset was built; a subset's is that of what it is a subset of."""
        for _ in range(5):
            if dataset in self.session.places:
                return self.session.places[dataset]
            inner = getattr(dataset, "dataset", None)
            if inner is None:
                return None
            dataset = inner
        return None
