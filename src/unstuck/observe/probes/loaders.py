"""The data loaders that exist and how they draw (cheap: read at the end)."""

from __future__ import annotations

from typing import Any

from unstuck.observe.session import Session


class Loaders:
    """One entry per loader, in order of construction."""

    name = "loaders"

    def __init__(self, session: Session) -> None:
        self.session = session

    def record(self) -> list[dict[str, Any]]:
        """Sampler, size, places."""
        return [
            self._describe(ordinal, loader)
            for ordinal, ref in enumerate(self.session.loaders)
            if (loader := ref()) is not None
        ]

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
            try:
                if dataset in self.session.places:
                    return self.session.places[dataset]
            except TypeError:
                return None
            inner = getattr(dataset, "dataset", None)
            if inner is None:
                return None
            dataset = inner
        return None
