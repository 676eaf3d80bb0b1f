"""A python that has imported torch already and is forked for every program of a test: seconds become hundredths.

`Nursery.launch` stands in for `engine.launch`; `Nursery.run` runs a helper of ours to its end. Every process that
descends from a nursery carries its mark, so that a test can ask what is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MARK = "UNSTUCK_NURSERY"


class Nursery:
    """The tests' end."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        self._one_at_a_time = threading.Lock()
        self._channel, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path, "UNSTUCK": "debug", MARK: self.mark},
        )
        theirs.close()
        assert self._answer()["ready"]

    def launch(self, descriptor: int) -> Child:
        """Instead of `engine.launch`: a host for a program, in the working folder and environment of the test."""
        return self.fork({"do": "host"}, descriptor)

    def run(self, helper: str, *words: str, seconds: float = 60.0) -> bytes:
        """Run a script of the tests (`tests/bare.py`) with arguments to its end; returns what it printed."""
        child = self.fork({"do": "script", "words": [helper, *words]})
        try:
            return child.read_all(seconds)
        finally:
            child.kill()

    def fork(self, order: dict[str, Any], *descriptors: int) -> Child:
        """A child that does what is asked for; its output comes through a pipe."""
        reading, writing = os.pipe()
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHASHSEED")}
        environment[MARK] = self.mark
        order |= {"cwd": os.getcwd(), "environment": environment}
        with self._one_at_a_time:
            answer = self._ask(order, writing, *descriptors)
        os.close(writing)
        return Child(self, answer["pid"], reading)

    def wait(self, pid: int) -> int:
        """The exit status of a child that has ended or is about to."""
        while True:
            with self._one_at_a_time:
                status = self._ask({"do": "wait", "pid": pid})["status"]
            if status is not None:
                return int(status)
            time.sleep(0.005)

    def _ask(self, order: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        data = json.dumps(order).encode()
        socket.send_fds(self._channel, [len(data).to_bytes(4, "little")], descriptors)
        self._channel.sendall(data)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            data = self._channel.recv(1 << 16)
            assert data, "the nursery is gone"
            line += data
        answer: dict[str, Any] = json.loads(line)
        return answer

    def descendants(self) -> set[int]:
        """Every process that was ever forked from here and is still there, whoever its parent is now."""
        return {pid for pid in marked(f"{MARK}={self.mark}") if pid != self._process.pid}

    def close(self) -> None:
        """End the nursery and all that came from it."""
        self._channel.close()
        self._process.wait()


class Child:
    """Looks like `subprocess.Popen` to an engine."""

    def __init__(self, nursery: Nursery, pid: int, reading: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.stdout = os.fdopen(reading, "rb", buffering=0)
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status."""
        if self.returncode is None:
            self.returncode = self.nursery.wait(self.pid)
        return self.returncode

    def read_all(self, seconds: float) -> bytes:
        """What it prints until it closes its output, within so many seconds."""
        import select

        data, until = b"", time.monotonic() + seconds
        while select.select([self.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
            if not (block := os.read(self.stdout.fileno(), 1 << 16)):
                return data
            data += block
        raise AssertionError(f"not done after {seconds:g} s; it printed:\n{data.decode(errors='replace')}")

    def kill(self) -> None:
        """End it and its session."""
        import signal

        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
        self.stdout.close()


def marked(entry: str) -> Iterator[int]:
    """Processes that were started with this in their environment, or forked from one that was."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()[0]
            if state != b"Z" and entry.encode() in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                yield int(name)


# -- the nursery's end -----------------------------------------------------------------------------------------------


def serve(channel: socket.socket) -> None:
    """Import everything once, then fork on request."""
    sys.path.pop(0)  # the folder of the tests
    from bench.warm import warm_up

    warm_up()
    channel.sendall(b'{"ready": true}\n')
    while True:
        head, descriptors, _, _ = socket.recv_fds(channel, 4, 4)
        if len(head) < 4:
            os._exit(0)
        size, data = int.from_bytes(head, "little"), b""
        while len(data) < size:
            data += channel.recv(size - len(data))
        order = json.loads(data)
        if order["do"] == "wait":
            answer = {"status": _waited(order["pid"])}
        else:
            pid = os.fork()
            if not pid:
                _grow_up(channel, order, descriptors)
            answer = {"pid": pid}
            for descriptor in descriptors:
                os.close(descriptor)
        channel.sendall(json.dumps(answer).encode() + b"\n")


def _waited(pid: int) -> int | None:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def _grow_up(channel: socket.socket, order: dict[str, Any], descriptors: Sequence[int]) -> None:
    status = 1
    try:
        os.setsid()
        channel.close()
        null = os.open(os.devnull, os.O_RDONLY)
        for number, descriptor in enumerate((null, descriptors[0], descriptors[0])):
            os.dup2(descriptor, number)
        os.close(descriptors[0])
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["environment"])
        status = _work(order, descriptors)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(status)


def _work(order: dict[str, Any], descriptors: Sequence[int]) -> int:
    from unstuck.experiment.universes import host

    if order["do"] == "host":
        sys.argv[:] = [""]
        host.main(descriptors[1])
        return 0
    host._die_with_parent()
    import runpy

    sys.argv[:] = order["words"]
    runpy.run_path(order["words"][0], run_name="__main__")
    return 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
