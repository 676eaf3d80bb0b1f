"""The universes that were forked and have not reported: where their results come in, and when each is overdue."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass

from unstuck.experiment import box


@dataclass
class Child:
    """One universe in a process of its own."""

    number: int
    """What the engine calls it."""
    pid: int
    deadline: float
    data: bytes = b""
    """What it has reported so far."""


class Children:
    """By the pipe that each reports through; the engine hears of every one once."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self._by_pipe: dict[int, Child] = {}

    def add(self, pipe: int, *, number: int, pid: int, seconds: float) -> None:
        """A universe that may take so many processor seconds: by the clock it gets several times as much."""
        self._by_pipe[pipe] = Child(number, pid, deadline=time.perf_counter() + seconds * 5.0 + 15.0)

    def forget(self) -> None:
        """In a child: the others are not its own."""
        self._by_pipe = {}

    def pipes(self) -> list[int]:
        """What there is to wait for."""
        return list(self._by_pipe)

    def patience(self) -> float | None:
        """Seconds until one is overdue; None if there is none."""
        left = min([child.deadline - time.perf_counter() for child in self._by_pipe.values()], default=None)
        return None if left is None else max(0.0, left)

    def read(self, pipe: int) -> None:
        """Take what a universe has written; at the end of it, hand it to the engine."""
        child = self._by_pipe[pipe]
        data = os.read(pipe, 1 << 20)
        if data:
            child.data += data
            return
        self._finish(pipe, child.data)

    def end_overdue(self) -> None:
        """What hangs is ended, and reported as such."""
        now = time.perf_counter()
        for pipe, child in list(self._by_pipe.items()):
            if now > child.deadline:
                self._finish(pipe, json.dumps({"end": "timeout", "extra": {"how": "hung"}}).encode())

    def end_all(self) -> None:
        """Nobody listens any more."""
        for child in self._by_pipe.values():
            box.reap(child.pid)

    def _finish(self, pipe: int, data: bytes) -> None:
        child = self._by_pipe.pop(pipe)
        os.close(pipe)
        box.reap(child.pid)
        if not data:
            data = json.dumps({"end": "killed", "extra": {"how": "the universe was gone"}}).encode()
        self.channel.sendall(b'{"event": "result", "id": %d, "result": ' % child.number + data + b"}\n")
