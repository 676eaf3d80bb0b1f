"""Runs universes from outside: starts the program once and forks it (`fork`), or starts it anew for each (`fresh`)."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from unstuck.experiment.universes.spec import Result, Universe
from unstuck.program import Program

COMMAND = "import sys; sys.path.pop(0); from unstuck.experiment.universes.host import main; main(int(sys.argv[1]))"
OUTPUT_KEPT = 64 * 1024
READ_ONLY = "Read-only file system"


class Stopped(Exception):
    """The program stopped before training began: it ended, crashed, or was gone."""

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__(event.get("event", "gone"))
        self.event = event


class Engine(Protocol):
    """One interface for every way of making universes."""

    name: str
    cores: int

    @property
    def output(self) -> bytes:
        """The last of what the program printed."""

    def start(self) -> dict[str, Any]:
        """Bring the program to where training may begin. Raises `Stopped` if it never gets there."""

    def advance(self, moment: int) -> None:
        """Move the fork point on to where training really begins."""

    def run(self, universes: Iterable[Universe], done: Callable[[int], None] | None = None) -> list[Result]:
        """Run universes, as many at once as there are cores; results in the order given."""

    def close(self) -> None:
        """End the program and everything of ours."""


def launch(descriptor: int) -> subprocess.Popen[bytes]:
    """Start a python of its own for the program, its output in a pipe. The bench puts a warm one in its place."""
    environment = {"PYTHONHASHSEED": "0", **os.environ, "PYTHONUNBUFFERED": "1", "UNSTUCK": "debug"}
    source = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), source]))
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(descriptor)],
        stdin=subprocess.DEVNULL if sys.stdin is None or sys.stdin.isatty() else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[descriptor],
        env=environment,
        start_new_session=True,
    )


class Process:
    """One program process with its channel and its output."""

    def __init__(
        self,
        program: Program,
        *,
        states: Path,
        become: dict[str, Any] | None = None,
        moment: int = 1,
        boxed: bool = True,
    ) -> None:
        ours, theirs = socket.socketpair()
        self.process = launch(theirs.fileno())
        theirs.close()
        self.channel = ours
        self.output = b""
        self._buffer = b""
        order = {
            "name": program.name, "argv": list(program.argv), "is_module": program.is_module,
            "states": str(states), "become": become, "moment": moment, "boxed": boxed,
        }  # fmt: skip
        self.send(order)

    def send(self, message: dict[str, Any]) -> None:
        """One line to the program's process; it may be gone already."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.channel.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The next message; None on time-out. Output is drained meanwhile. Raises `Stopped` when the process is gone."""
        until = None if timeout is None else time.monotonic() + timeout
        assert self.process.stdout is not None
        while b"\n" not in self._buffer:
            sources: list[Any] = [self.channel]
            if not self.process.stdout.closed:
                sources.append(self.process.stdout)
            left = None if until is None else max(0.0, until - time.monotonic())
            ready, _, _ = select.select(sources, [], [], left)
            if not ready:
                return None
            if self.process.stdout in ready:
                self._drain()
            if self.channel in ready:
                try:
                    data = self.channel.recv(1 << 20)
                except ConnectionResetError:
                    data = b""
                if not data:
                    raise Stopped({"event": "gone", "status": self.process.wait()})
                self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def _drain(self) -> None:
        assert self.process.stdout is not None
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            self.process.stdout.close()
        self.output = (self.output + data)[-OUTPUT_KEPT:]

    def kill(self) -> None:
        """End the process, everything in its session, and what the program started that left the session."""
        with contextlib.suppress(OSError):
            end_descendants(self.process.pid)
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.channel.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


def end_descendants(pid: int, patience: float = 2.0) -> None:
    """Kill until none is left; stopped meanwhile, the process adopts the orphans and forks no more."""
    until = time.monotonic() + patience
    os.kill(pid, signal.SIGSTOP)
    while (left := descendants(pid)) and time.monotonic() < until:
        for each in left:
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.001)


def descendants(pid: int) -> list[int]:
    """Children and their children that have not ended; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
            state, parent = file.read().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def longest_first(universes: Iterable[Universe]) -> list[tuple[int, Universe]]:
    """With their numbers, so that no core waits at the end for one that began late."""
    return sorted(enumerate(universes), key=lambda numbered: -numbered[1].ticks)


class ForkEngine:
    """The program is started once; every universe is a child of it, forked at the same moment."""

    name = "fork"

    def __init__(self, program: Program, *, cores: int, progress: Callable[[str], None] | None = None) -> None:
        self.program = program
        self.cores = cores
        self.progress = progress or (lambda text: None)
        self._folder = tempfile.TemporaryDirectory(prefix="unstuck-")
        self._process: Process | None = None
        self._count = 0

    @property
    def output(self) -> bytes:
        """The last of what the program printed."""
        return self._process.output if self._process else b""

    def start(self) -> dict[str, Any]:
        """Start the program and wait until it pauses."""
        try:
            return self._start(boxed=True)
        except Stopped as stopped:
            if READ_ONLY not in str(stopped.event.get("crash", {}).get("message", "")):
                raise
            self._end_process()  # its start writes where the box lets nobody: let it
            return self._start(boxed=False)

    def _start(self, *, boxed: bool) -> dict[str, Any]:
        self._process = Process(self.program, states=Path(self._folder.name) / "states", boxed=boxed)
        return self._wait_for_pause()

    def advance(self, moment: int) -> None:
        """Let the program go on to a later moment."""
        assert self._process is not None
        self._process.send({"do": "advance", "moment": moment})
        self._wait_for_pause()

    def _wait_for_pause(self) -> dict[str, Any]:
        assert self._process is not None
        started = time.monotonic()
        while True:
            message = self._process.receive(timeout=0.2)
            if message is None:
                last = self._process.output.decode(errors="replace").strip().rsplit("\n", 1)[-1][-50:]
                self.progress(f"starting {self.program.name} · {time.monotonic() - started:.0f} s · {last}")
            elif message["event"] == "paused":
                return message
            else:
                raise Stopped(message)

    def run(self, universes: Iterable[Universe], done: Callable[[int], None] | None = None) -> list[Result]:
        """Universes in parallel, each in a child of its own."""
        assert self._process is not None
        waiting = longest_first(universes)
        results: dict[int, Result] = {}
        numbers: dict[int, int] = {}
        total = len(waiting)
        while len(results) < total:
            while waiting and len(numbers) < self.cores:
                index, universe = waiting.pop(0)
                self._count += 1
                numbers[self._count] = index
                self._process.send({"do": "fork", "id": self._count, "universe": asdict(universe)})
            message = self._process.receive(timeout=600)
            if message is None:
                raise Stopped({"event": "gone", "status": None})
            if message["event"] == "result":
                results[numbers.pop(message["id"])] = Result(**message["result"])
                if done:
                    done(len(results))
        return [results[index] for index in range(total)]

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the program."""
        self._end_process()
        self._folder.cleanup()


class FreshEngine:
    """The program is started anew for every universe: CUDA, other systems, programs that do not survive a fork."""

    name = "fresh"

    def __init__(self, program: Program, *, cores: int, progress: Callable[[str], None] | None = None) -> None:
        self.program = program
        self.cores = cores
        self.progress = progress or (lambda text: None)
        self.output = b""
        self.moment = 1
        self._folder = tempfile.TemporaryDirectory(prefix="unstuck-")
        self._running: dict[int, tuple[Process, Universe]] = {}
        self._deadlines: dict[int, float] = {}
        """When a universe that has begun must be done; starting may take as long as it takes."""

    def start(self) -> dict[str, Any]:
        """Nothing is kept between universes: the first one shows whether the program starts."""
        return {"event": "paused", "moment": 1, "seconds": 0.0, "threads": 1, "cuda": False, "resident": 0}

    def advance(self, moment: int) -> None:
        """Every later universe begins at this moment."""
        self.moment = moment

    def run(self, universes: Iterable[Universe], done: Callable[[int], None] | None = None) -> list[Result]:
        """Universes in parallel, each a process of its own."""
        waiting = longest_first(universes)
        results: dict[int, Result] = {}
        total = len(waiting)
        while len(results) < total:
            while waiting and len(self._running) < self.cores:
                index, universe = waiting.pop(0)
                states = Path(self._folder.name) / "states"
                process = Process(self.program, states=states, become=asdict(universe), moment=self.moment)
                self._running[index] = (process, universe)
            for index, result in self._finished(timeout=0.05):
                results[index] = result
                if done:
                    done(len(results))
        return [results[index] for index in range(total)]

    def _finished(self, timeout: float) -> Iterator[tuple[int, Result]]:
        for index, (process, universe) in list(self._running.items()):
            try:
                message = process.receive(timeout=timeout)
            except Stopped as stopped:
                message = {"end": "killed", "extra": stopped.event}
            if message is not None and message.get("event") == "begun":
                self._deadlines[index] = time.monotonic() + universe.seconds * 5.0 + 15.0
                continue
            if message is None:
                if time.monotonic() < self._deadlines.get(index, math.inf):
                    continue
                message = {"end": "timeout", "extra": {"how": "hung"}}
            self.output = process.output
            process.kill()
            del self._running[index]
            self._deadlines.pop(index, None)
            yield index, self._result(message)

    def _result(self, message: dict[str, Any]) -> Result:
        if message.get("event") == "crashed":
            return Result(end="crashed", crash=message["crash"])
        if message.get("event") == "ended":
            return Result(end="never trained", extra=message)
        if message.get("event") == "refused":
            return Result(end="killed", extra={"how": message["message"]})
        return Result(**message)

    def close(self) -> None:
        """End whatever still runs."""
        for process, _ in self._running.values():
            process.kill()
        self._folder.cleanup()
