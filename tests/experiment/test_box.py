"""Nothing that happens in a box is seen outside, at any level; in the strongest, the program does not even notice."""

from __future__ import annotations

import json
import logging
import mmap
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unstuck.experiment import box as boxes
from unstuck.experiment.box import Box, BoxUnavailable, Level, entry, layers

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="boxes are for Linux")

SOURCE = Path(boxes.__file__).parents[3]
NOBODY = 65534
BOXED: tuple[Level, ...] = ("namespace", "landlock", "audit")
USERS = ("as we are", "plain user")


# -- running things in children ----------------------------------------------------------------------------------------


def told(body: Callable[[], object], start: Callable[[int], int]) -> Any:
    """What `body` returns in a child that `start` forks, as JSON; raises what it raised."""
    reading, writing = os.pipe()
    pid = start(writing)
    if not pid:
        os.close(reading)
        try:
            answer: object = {"returned": body()}
        except BaseException:
            answer = {"raised": traceback.format_exc()}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    text = heard(reading)
    boxes.reap(pid)
    assert text, "the child ended without a word"
    said = json.loads(text)
    assert "returned" in said, said["raised"]
    return said["returned"]


def heard(pipe: int, seconds: float = 60.0) -> str:
    """Everything that is written into a pipe until nobody holds its other end."""
    text, until = b"", time.monotonic() + seconds
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        if not (block := os.read(pipe, 1 << 16)):
            break
        text += block
    os.close(pipe)
    return text.decode()


def in_box(body: Callable[[], object], box: Box, level: Level, keep: tuple[int, ...] = ()) -> Any:
    return told(body, lambda writing: boxes.fork_into(box, level, keep=(writing, *keep)).pid)


def as_user(user: str, body: Callable[[], object]) -> Any:
    """In a child, which belongs to nobody in particular if we are root and a plain user is asked for."""

    def start(writing: int) -> int:
        pid = os.fork()
        if not pid and user != "as we are":
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            entry._known.clear()
        return pid

    if user != "as we are" and os.getuid() != 0:
        pytest.skip("we are a plain user")
    return told(body, start)


def box_of(*private: Path, network: bool = False, processes: bool = True) -> Box:
    folders = (*map(str, private), "/tmp", "/var/tmp", "/dev/shm")
    return Box(private=folders, network=network, processes=processes, scratch_bytes=256 << 20)


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=BOXED)
def level(request: pytest.FixtureRequest, user: str) -> Level:
    """Each level, skipped where it does not work for this user."""
    wanted: Level = request.param
    if reason := as_user(user, boxes.available)[wanted]:
        pytest.skip(reason)
    return wanted


@pytest.fixture
def namespace(user: str) -> Level:
    if reason := as_user(user, boxes.available)["namespace"]:
        pytest.skip(reason)
    return "namespace"


@pytest.fixture(params=["under /tmp", "elsewhere"])
def work(request: pytest.FixtureRequest, user: str) -> Iterator[Path]:
    """A working folder as a user has it, which belongs to that user."""
    if request.param == "elsewhere" and not os.access("/opt", os.W_OK):
        pytest.skip("nowhere to write outside /tmp")
    folder = Path(tempfile.mkdtemp(prefix="box test, ", dir="/opt" if request.param == "elsewhere" else None))
    (folder / "old").mkdir()
    (folder / "old" / "run.txt").write_text("old")
    (folder / "old.txt").write_text("old")
    (folder / "log.txt").write_text("first\n")
    if user != "as we are":
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def everything_in(*folders: Path) -> dict[str, str]:
    """Names, and of what may be read the contents."""
    readable = os.access
    return {
        str(path): path.read_bytes().hex() if path.is_file() and readable(path, os.R_OK) else ""
        for folder in folders
        for path in folder.rglob("*")
    }


def all_gone(pipe: int, seconds: float = 5.0) -> bool:
    """Whether every process that holds the other end goes away."""
    return bool(select.select([pipe], [], [], seconds)[0]) and not os.read(pipe, 1)


def result_of(deed: Callable[[], object]) -> str:
    try:
        return f"did: {deed()}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


# -- one program that does everything it should not --------------------------------------------------------------------


class Program:
    """Saves, deletes, renames, logs, starts what outlives it, connects, and writes to what was open before the fork."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.log = open(work / "log.txt", "a")  # noqa: SIM115
        self.log.flush()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.setblocking(False)
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(str(work / "socket"))
        self.local.listen()
        self.connected, self.other_end = socket.socketpair()
        self.other_end.setblocking(False)
        self.alive, self.held = os.pipe()
        os.set_inheritable(self.held, True)

    def run(self) -> dict[str, str]:
        os.chdir(self.work)
        deeds = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}
        return {name: result_of(deed) for name, deed in deeds.items()}

    def do_open(self) -> str:
        with open("new.txt", "w") as file:
            file.write("new")
        return Path("new.txt").read_text()

    def do_pathlib(self) -> str:
        Path("deep/er").mkdir(parents=True)
        Path("deep/er/a.txt").write_text("a")
        return Path("deep/er/a.txt").read_text()

    def do_numpy(self) -> float:
        import numpy

        numpy.save("array.npy", numpy.ones(3))
        return float(numpy.load("array.npy").sum())

    def do_torch(self) -> float:
        import torch

        torch.save(torch.ones(3), "model.pt")
        return float(torch.load("model.pt").sum())

    def do_torch_by_absolute_path(self) -> None:
        import torch

        torch.save(torch.ones(3), self.work.parent / "model of a box test.pt")

    def do_delete(self) -> bool:
        os.remove("old.txt")
        return os.path.exists("old.txt")

    def do_rename(self) -> bool:
        os.rename("old/run.txt", "old/moved.txt")
        return os.path.exists("old/moved.txt")

    def do_delete_folder(self) -> list[str]:
        shutil.rmtree("old")
        os.mkdir("old")
        return os.listdir("old")

    def do_temporary(self) -> str:
        with tempfile.NamedTemporaryFile("w+", delete=False) as file:
            file.write("t")
        return Path(file.name).read_text()

    def do_log(self) -> str:
        handler = logging.FileHandler("run.log")
        logging.getLogger("box").addHandler(handler)
        logging.getLogger("box").error("hello")
        return Path("run.log").read_text().strip()

    def do_start(self) -> str:
        subprocess.Popen(["sleep", "600"], start_new_session=True, pass_fds=[self.held])
        return "started"

    def do_fork(self) -> str:
        if not os.fork():
            os.setsid()
            if not os.fork():
                time.sleep(600)
            os._exit(0)
        return "forked"

    def do_shell(self) -> int:
        return os.system("echo x > shell.txt")

    def do_connect(self) -> str:
        socket.create_connection(self.listening.getsockname(), timeout=1).close()
        return "connected"

    def do_connect_locally(self) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("socket")
        return "connected"

    def do_append_to_open_file(self) -> str:
        self.log.write("from inside\n")
        self.log.flush()
        return "appended"

    def do_send_by_open_socket(self) -> str:
        self.connected.send(b"from inside")
        return "sent"

    def do_kill_parent(self) -> str:
        os.kill(os.getppid() or 1 << 22, 0)
        return "reached"

    def do_write_elsewhere(self) -> None:
        Path("/etc/unstuck-box-test").write_text("x")

    def do_write_to_null(self) -> str:
        with open("/dev/null", "w") as file:
            file.write("x")
        return "wrote"


UNSEEN = {
    "files": [],
    "scratch folders": [],
    "connected": "BlockingIOError: [Errno 11] Resource temporarily unavailable",
    "received": "BlockingIOError: [Errno 11] Resource temporarily unavailable",
    "all gone": True,
}


def supervise(work: Path, level: Level) -> dict[str, Any]:
    """Run the program in a box and look at what is to be seen from outside."""
    places = (work, Path("/dev/shm"), Path("/etc"))
    program = Program(work)
    before = everything_in(*places)
    inside = in_box(program.run, box_of(work), level, keep=(program.held,))
    os.close(program.held)
    return {
        "inside": inside,
        "files": sorted(set(before.items()) ^ set(everything_in(*places).items())),
        "scratch folders": [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("unstuck-scratch-")],
        "connected": result_of(program.listening.accept),
        "received": result_of(lambda: program.other_end.recv(100)),
        "all gone": all_gone(program.alive),
    }


def test_nothing_is_seen_outside(work: Path, user: str, level: Level) -> None:
    pytest.importorskip("torch")
    seen = as_user(user, lambda: supervise(work, level))
    inside = seen.pop("inside")
    print(json.dumps(inside, indent=1))
    assert seen == UNSEEN
