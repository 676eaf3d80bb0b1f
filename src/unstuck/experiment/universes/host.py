"""The program's own process: it runs the program to where training begins, pauses there, and forks universes on request.

It is started by an engine with one end of a socket; both sides speak lines of JSON. Nothing here decides anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

from unstuck.experiment import box
from unstuck.experiment.box import kernel
from unstuck.experiment.universes.becoming import become_in_fork, become_in_place, preload
from unstuck.experiment.universes.children import Children
from unstuck.experiment.universes.import_hook import After
from unstuck.experiment.universes.rewind import Rewind
from unstuck.program import NotAProgram, Program

if TYPE_CHECKING:
    from unstuck.experiment.universes.runtime import Runtime
    from unstuck.observe.session import Session


SCRATCH = 4 << 30
"""Bytes that a universe may write."""


class Host:
    """Runs the program, pauses it, forks it."""

    def __init__(self, channel: socket.socket, order: dict[str, Any]) -> None:
        self.channel = channel
        self.order = order
        self.pid = 0
        self.program = Program(name=order["name"], argv=tuple(order["argv"]), is_module=order["is_module"])
        self.session: Session | None = None
        self.runtime: Runtime | None = None
        self.started = time.perf_counter()
        self.pause_at: int | None = order.get("moment", 1)
        self.paused = False
        self.level = "none"
        """Containment of the program's start."""
        self.states: int | None = None
        self.children = Children(channel)
        self.rewind = Rewind(self._is_worth_keeping, self._go_on, self._take_over)

    # -- the program --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run the program; what happens at its end depends on whether this is a universe by then."""
        self.pid = os.getpid()
        with contextlib.suppress(Exception):
            kernel.adopt_orphans()  # so that the engine finds them when it ends us
        random.seed(0)
        for name, then in (("numpy", self._seed_numpy), ("torch", self._install)):
            if name in sys.modules:
                then(sys.modules[name])
            else:
                sys.meta_path.insert(0, After(name, then))
        try:
            self.program.run()
        except SystemExit as leaving:
            code = leaving.code
            status = code if isinstance(code, int) else (0 if code is None else 1)
            self._ended({"status": status, "message": code if isinstance(code, str) else ""})
        except NotAProgram as refusal:
            self.send({"event": "refused", "message": str(refusal)})
            self._leave()
        except BaseException as error:
            self._crashed(error)
        else:
            self._ended({"status": 0, "message": ""})

    def _seed_numpy(self, numpy: Any) -> None:
        numpy.random.seed(0)

    def _install(self, torch: Any) -> None:
        """Right after `import torch`: put the anchors in place. An unseeded program gets a seed, to be the same each time."""
        from unstuck.observe.session import Session

        torch.manual_seed(0)
        self.session = session = Session()
        session.install()
        with contextlib.suppress(Exception):
            torch.compiler.set_stance("force_eager")  # torch >= 2.6
        session.on.iterate.append(lambda loader: self._pause_if_due())
        session.on.enter.append(self._pause_at_call)
        session.on.backward.append(lambda event: self._pause_at_backward())
        session.replace(torch.cuda, "_lazy_init", self._before_cuda)
        if not self.order.get("become") and hasattr(os, "fork"):
            session.replace(torch.optim.Optimizer, "__init__", self.rewind.around)

    def _before_cuda(self, original: Any) -> Any:
        def lazy_init() -> Any:
            import torch

            if not torch.cuda.is_initialized() and self.runtime is None and self.session is not None:
                self.session.moment += 1
                self._pause_if_due()
            return original()

        return lazy_init

    def _pause_at_call(self, module: Any, args: Any, kwargs: Any) -> Any:
        if self._is_worth_keeping():
            self.rewind.back_if_soon()
        self._pause_if_due()
        return args, kwargs

    def _is_worth_keeping(self) -> bool:
        """Nothing has begun, and no loader is there that will hand out the batches."""
        if self.runtime is not None or self.session is None or self.pause_at != 1 or self.paused:
            return False
        import torch

        return os.getpid() == self.session.pid and not self.session.loaders and not torch.cuda.is_initialized()

    def _go_on(self) -> None:
        """In the fork that goes on: it is the program now."""
        import torch

        assert self.session is not None
        torch.set_num_threads(1)  # a fork that uses the threads of its parent hangs
        self.pid = self.session.pid = os.getpid()
        _die_with_parent()

    def _take_over(self) -> None:
        assert self.session is not None
        self.session.moment += 1
        self._pause_if_due()

    def _pause_at_backward(self) -> None:
        """Neither a loader nor a module was there to begin with: training by hand is seen from its first backward."""
        if self.session is not None and self.session.moment == 0:
            self.session.moment = 1
        self._pause_if_due()

    def _ended(self, how: dict[str, Any]) -> None:
        self._leave_if_forked(how["status"])
        if self.runtime is not None:
            self.runtime.finish("ended")
        self.send({"event": "ended", **how})
        self._leave()

    def _crashed(self, error: BaseException) -> None:
        from unstuck.experiment.universes.runtime import describe_crash

        self._leave_if_forked(1)
        if self.runtime is not None:
            self.runtime.crashed(error)
        self.send({"event": "crashed", "crash": describe_crash(error, self.session)})
        self._leave()

    def _leave_if_forked(self, status: int) -> None:
        """A process that the program forked itself has nothing to say: it shares its channel with the one that has."""
        if os.getpid() != self.pid:
            os._exit(status)

    def _leave(self) -> None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        self.linger()
        os._exit(0)

    def linger(self) -> None:
        """The engine ends us when it has heard; what the program started can then be found, and is ended with us."""
        with contextlib.suppress(OSError):
            self.channel.settimeout(10.0)
            self.channel.recv(1)

    # -- pausing and forking ------------------------------------------------------------------------------------------

    def _pause_if_due(self) -> None:
        if self.runtime is not None or self.session is None or self.pause_at is None:
            return
        if os.getpid() != self.session.pid or self.session.moment < self.pause_at:
            return
        from unstuck.observe.anchors import construction

        construction.stop_watching()
        if self.order.get("become"):  # engine `fresh`: this process is the universe
            become_in_place(self, self.order["become"])
            return
        preload()
        self.paused = True
        self.send({"event": "paused", **self._describe()})
        self._serve()

    def _describe(self) -> dict[str, Any]:
        import torch

        assert self.session is not None
        return {
            "moment": self.session.moment,
            "level": self.level,
            "seconds": time.perf_counter() - self.started,
            "threads": threading.active_count(),
            "cuda": bool(torch.cuda.is_initialized()),
            "torch": torch.__version__,
            "resident": _resident_bytes(),
        }

    def _serve(self) -> None:
        """Answer commands until one lets the program go on."""
        buffer = b""
        while True:
            waiting: list[Any] = [self.channel, *self.children.pipes()]
            ready, _, _ = select.select(waiting, [], [], self.children.patience())
            for source in ready:
                if source is not self.channel:
                    self.children.read(int(source))
                    continue
                data = self.channel.recv(1 << 16)
                if not data:
                    self.children.end_all()
                    os._exit(0)
                buffer += data
            while b"\n" in buffer:
                line, buffer = buffer.split(b"\n", 1)
                command = json.loads(line)
                if command["do"] == "quit":
                    self.children.end_all()
                    os._exit(0)
                if command["do"] == "advance":
                    self.pause_at = command["moment"]
                    return
                if self._fork(command):
                    return  # in the child: on into the program
            self.children.end_overdue()

    def _fork(self, command: dict[str, Any]) -> bool:
        sys.stdout.flush()
        sys.stderr.flush()
        with contextlib.suppress(Exception):
            ctypes.CDLL(None).fflush(None)
        reading, writing = os.pipe()
        state = random.getstate()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            keep = (writing, *([self.states] if self.states is not None else []))
            pid, level = box.fork_into(self._box(network=False), keep=keep)
        if pid:
            os.close(writing)
            seconds = command["universe"]["seconds"]
            self.children.add(reading, number=command["id"], pid=pid, seconds=seconds)
            return False
        random.setstate(state)  # python seeds its generator anew in every fork
        self.children.forget()
        become_in_fork(self, command["universe"], writing, level)
        return True

    def enter_box(self) -> None:
        """Debugging is looking: the start of the program, too, changes none of the user's files. The network stays."""
        keep = (self.channel.fileno(), *([self.states] if self.states is not None else []))
        with contextlib.suppress(Exception):
            self.level = box.enter(self._box(network=True), "namespace", keep=keep)

    def _box(self, *, network: bool) -> box.Box:
        """What a universe may change is seen by itself only: the folders that a program usually writes to."""
        folders = (os.getcwd(), str(self.program.folder), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")
        home = os.path.expanduser("~")
        private = dict.fromkeys(os.path.realpath(f) for f in (*folders, home) if os.path.isdir(f) and f != "/")
        return box.Box(private=tuple(private), network=network, processes=not network, scratch_bytes=SCRATCH)

    def send(self, message: dict[str, Any]) -> None:
        """One line to the engine."""
        self.channel.sendall(json.dumps(message, default=str).encode() + b"\n")


def _die_with_parent() -> None:
    with contextlib.suppress(Exception):
        kernel.die_with_parent(signal.SIGKILL)


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def main(descriptor: int) -> None:
    """Entry point of the process: the first line on the channel is the order."""
    _die_with_parent()
    channel = socket.socket(fileno=descriptor)
    order = b""
    while not order.endswith(b"\n"):
        order += channel.recv(1 << 16)
    host = Host(channel, json.loads(order))
    if host.order.get("states"):
        host.states = os.open(host.order["states"], os.O_RDWR | os.O_CREAT, 0o600)
    if host.order.get("boxed"):
        host.enter_box()
    sys.path.insert(0, "")
    host.run()
