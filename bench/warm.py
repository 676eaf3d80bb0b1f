"""A program's process forked from one that has imported torch already: the zoo then takes minutes, not an hour."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import traceback
from typing import Any


class Warm:
    """Looks like `subprocess.Popen` to the engine."""

    def __init__(self, descriptor: int) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                os.setsid()
                os.close(reading)
                null = os.open(os.devnull, os.O_RDONLY)
                os.dup2(null, 0)
                os.dup2(writing, 1)
                os.dup2(writing, 2)
                sys.stdout, sys.stderr = (os.fdopen(os.dup(n), "w", buffering=1) for n in (1, 2))
                sys.argv[:] = [""]
                multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
                from unstuck.experiment.universes.host import Host, main

                Host.enter_box = lambda self: None  # type: ignore[method-assign]  # this process has threads

                main(os.dup(descriptor))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writing)
        self.stdout = os.fdopen(reading, "rb", buffering=0)
        self.returncode: int | None = None

    def wait(self, timeout: Any = None) -> int:
        """Wait for the end."""
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):
                _, status = os.waitpid(self.pid, 0)
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode or 0


def warm_up() -> None:
    """Import what the zoo imports, with one thread, and let engines fork from here."""
    import torch

    torch.set_num_threads(1)
    import numpy
    import sklearn.datasets
    import torch._dynamo  # the first optimizer would: a second of each program
    import torch.utils.data

    from unstuck.experiment.universes import engine, host, runtime  # noqa: F401

    engine.launch = Warm  # type: ignore[assignment]
    del numpy, sklearn
