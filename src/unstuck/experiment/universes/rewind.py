"""A way back to where the optimizer was built: for programs that make their batches themselves.

Without a loader the first sign of training is a call of the model, and by then the first batch is in the program's own
variables, out of reach. So when an optimizer is built and no loader exists, the process stays behind, and a fork of it
goes on. If that one meets a loader, it was all for nothing, and cost a few milliseconds. If it meets the model first, soon
after, it ends, and the one that stayed behind pauses there instead.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

BACK = 77
"""Exit status of a fork that asks the one that stayed behind to take over."""
SOON = 0.5
"""Processor seconds between optimizer and model's call that every universe may repeat."""


class Rewind:
    """Keeps the point where an optimizer was built. `wanted` says whether it is worth keeping now."""

    def __init__(self, wanted: Callable[[], bool], go_on: Callable[[], None], take_over: Callable[[], None]) -> None:
        self.wanted, self.go_on, self.take_over = wanted, go_on, take_over
        self._kept_at: float | None = None

    def around(self, original: Any) -> Any:
        """`Optimizer.__init__` with a point kept at its end."""
        rewind = self

        def __init__(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            original(optimizer, *args, **kwargs)
            if rewind.wanted():
                rewind._keep()

        __init__.__wrapped__ = original  # type: ignore[attr-defined]
        return __init__

    def back_if_soon(self) -> None:
        """Called at the first call of a model: back to the kept point if there is one, and little lies between."""
        if self._kept_at is not None and time.process_time() - self._kept_at < SOON:
            os._exit(BACK)

    def _keep(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        state = random.getstate()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            random.setstate(state)  # python seeds its generator anew in every fork
            self._kept_at = time.process_time()
            self.go_on()
            return
        if _status_of(pid) != BACK:
            os._exit(0)
        self._kept_at = None
        self.take_over()


def _status_of(pid: int) -> int:
    """How the one that went on ended; a signal to us ends it as well, by the death of its parent."""
    while True:
        with contextlib.suppress(InterruptedError):
            _, status = os.waitpid(pid, 0)
            if os.WIFSIGNALED(status):
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
                os.kill(os.getpid(), os.WTERMSIG(status))
            return os.waitstatus_to_exitcode(status)
