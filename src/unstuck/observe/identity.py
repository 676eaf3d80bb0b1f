"""What is remembered of the program's objects, by which object it is: their own `__hash__` and `__eq__` are never called."""

from __future__ import annotations

import weakref
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class ByIdentity(Generic[Value]):
    """A weak mapping: it keeps no object alive, and asks none for its hash (one under construction may have none yet)."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[Any], Value]] = {}

    def __contains__(self, instance: object) -> bool:
        entry = self._entries.get(id(instance))
        return entry is not None and entry[0]() is instance

    def __getitem__(self, instance: object) -> Value:
        if instance not in self:
            raise KeyError(instance)
        return self._entries[id(instance)][1]

    def get(self, instance: object, default: Any = None) -> Any:
        """The value, or the default."""
        entry = self._entries.get(id(instance))
        return entry[1] if entry is not None and entry[0]() is instance else default

    def __setitem__(self, instance: object, value: Value) -> None:
        """Raises `TypeError` for an object that cannot be referred to weakly."""
        key, entries = id(instance), self._entries

        def forget(gone: weakref.ref[Any]) -> None:
            if key in entries and entries[key][0] is gone:  # its address may be another object's by now
                del entries[key]

        entries[key] = (weakref.ref(instance, forget), value)
