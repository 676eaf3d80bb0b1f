"""The doctor tells the truth about this machine, survives what it looks at, and leaves everything as it was."""

from __future__ import annotations

import dataclasses
import io
import os
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import optimizer
from torch.utils.data import dataloader

from unstuck.doctor import Check, examination, examine, machine, pytorch, render, universes
from unstuck.doctor.children import Child, run_python
from unstuck.doctor.examination import PROBES
from unstuck.doctor.probes import Probe, Seen

NEEDS_TORCH = {"torch version", "backward", "optimizer hooks", "function mode", "DataLoader", "fork", "CUDA"}


@pytest.fixture(scope="module")
def checks() -> dict[str, Check]:
    """One examination of this machine, which takes two imports of torch."""
    return {check.name: check for check in examine()}


def look(name: str) -> Check:
    """One check alone."""
    (probe,) = [probe for probe in PROBES if probe.name == name]
    return probe.examine()


def only(monkeypatch: pytest.MonkeyPatch, *probes: Probe) -> None:
    monkeypatch.setattr(examination, "PROBES", probes)


def probe(name: str, seen: Seen | BaseException, needs: str = "") -> Probe:
    def look() -> Seen:
        if isinstance(seen, BaseException):
            raise seen
        return seen

    return Probe(name, "something", look, needs)


@pytest.mark.slow
def test_what_the_project_needs_is_in_order_here(checks: dict[str, Check]) -> None:
    private = ["Python", "torch", "torch version", "backward", "optimizer hooks", "function mode", "DataLoader"]
    assert {name: checks[name].found for name in private if checks[name].state != "ok"} == {}
    assert torch.__version__ in checks["torch"].found
    assert torch.__version__ in checks["torch version"].found


@pytest.mark.slow
def test_every_check_is_made_once_and_says_something(checks: dict[str, Check]) -> None:
    assert list(checks) == [probe.name for probe in PROBES]
    assert {probe.name for probe in PROBES if probe.needs == "torch"} == NEEDS_TORCH
    assert all(check.found for check in checks.values())
    assert all(check.wanted and check.remedy for check in checks.values() if check.state == "broken")


def test_every_probe_has_its_one_place_after_the_one_it_needs() -> None:
    written = [one for part in (machine, pytorch, universes) for one in vars(part).values() if isinstance(one, Probe)]
    names = [probe.name for probe in PROBES]
    assert sorted(names) == sorted(probe.name for probe in written)
    assert all(probe.needs in ["", *names[:place]] for place, probe in enumerate(PROBES))


def test_a_check_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Check("a", "ok", "b", "c", "").state = "broken"  # type: ignore[misc]


@pytest.mark.parametrize("error", [RuntimeError("no\nluck"), SystemExit("3"), OSError("gone"), AttributeError("x")])
def test_a_check_that_raises_hides_no_other(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    only(monkeypatch, probe("first", ("ok", "1", "")), probe("second", error), probe("third", ("ok", "3", "")))
    first, second, third = examine()
    assert (first.state, second.state, third.state) == ("ok", "broken", "ok")
    assert type(error).__name__ in second.found
    assert "\n" not in second.found


def test_an_interrupt_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, probe("first", KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        examine()


def test_what_needs_a_broken_thing_is_not_examined_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, probe("torch", ("broken", "none", "get it")), probe("fork", AssertionError("looked"), "torch"))
    _, fork = examine()
    assert (fork.state, fork.found) == ("warning", "not examined, because torch is broken")


@pytest.mark.parametrize("name", ["backward", "optimizer hooks", "function mode", "DataLoader", "CUDA"])
def test_looking_leaves_torch_as_it_was(name: str) -> None:
    def state() -> tuple[Any, ...]:
        return (
            torch.autograd.graph._engine_run_backward,
            torch.autograd._engine_run_backward,  # type: ignore[attr-defined]
            dict(optimizer._global_optimizer_pre_hooks),
            dict(optimizer._global_optimizer_post_hooks),
            torch._C._len_torch_function_stack(),
            torch.is_grad_enabled(),
            torch.get_rng_state().tolist(),
        )

    before = state()
    look(name)
    assert state() == before


def test_a_mode_of_the_program_stays_on_the_stack() -> None:
    with torch.device("meta"):
        assert look("function mode").state == "ok"
        assert torch.ones(1).is_meta
    assert torch._C._len_torch_function_stack() == 0


def test_a_backward_that_goes_around_the_funnel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.autograd, "grad", lambda *_: ())
    check = look("backward")
    assert (check.state, check.found) == ("broken", "not seen: torch.autograd.grad")


def test_a_funnel_that_is_gone_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.autograd.graph, "_engine_run_backward")
    check = look("backward")
    assert check.state == "broken"
    assert "_engine_run_backward" in check.found


def test_hooks_that_do_not_fire_are_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(self: torch.optim.SGD) -> None:
        pass

    step.hooked = True  # type: ignore[attr-defined]  # so that torch believes to have wrapped it
    monkeypatch.setattr(torch.optim.SGD, "step", step)
    check = look("optimizer hooks")
    assert (check.state, check.found) == ("broken", "fired: none")


def test_a_loader_that_fetches_on_its_own_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataloader._SingleProcessDataLoaderIter, "__next__", lambda self: None, raising=False)
    check = look("DataLoader")
    assert (check.state, check.found) == ("broken", "_SingleProcessDataLoaderIter fetch on their own")


@pytest.mark.parametrize(
    ("version", "state"), [("2.3.1", "broken"), ("2.4.0", "ok"), ("2.13.0+cpu", "ok"), ("3.0.0a0+git1", "ok")]
)
def test_versions_of_torch(monkeypatch: pytest.MonkeyPatch, version: str, state: str) -> None:
    monkeypatch.setattr(torch, "__version__", version)
    check = look("torch version")
    assert check.state == state
    assert ("our tests" in check.found) == version.startswith("3")


@pytest.mark.parametrize(
    ("child", "found", "remedy"),
    [
        (Child(1, "", "Traceback\nModuleNotFoundError: No module named 'torch'\n"), "No module", "install"),
        (Child(1, "", "OSError: libtorch.so: undefined symbol\n"), "undefined symbol", "--force-reinstall"),
        (Child(-11, "", ""), "status -11", "--force-reinstall"),
        (Child(None, "", ""), "more than 120 s", "disk"),
    ],
)
def test_a_torch_that_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch, child: Child, found: str, remedy: str
) -> None:
    monkeypatch.setattr(pytorch, "run_python", lambda *_: child)
    check = look("torch")
    assert check.state == "broken"
    assert found in check.found
    assert remedy in check.remedy


@pytest.mark.parametrize(
    ("child", "state", "found"),
    [
        (Child(0, "fate: works\nfate: works\n", ""), "ok", "works"),
        (Child(0, "fate: works\nRuntimeError no\nfate: fails (status 4)\n", ""), "warning", "RuntimeError no"),
        (Child(0, "fate: hangs\nfate: hangs\n", ""), "warning", "hangs"),
        (Child(1, "", "ImportError: x\n"), "warning", "ImportError: x"),
        (Child(None, "", ""), "warning", "no answer within 180 s"),
    ],
)
def test_what_becomes_of_a_fork(monkeypatch: pytest.MonkeyPatch, child: Child, state: str, found: str) -> None:
    monkeypatch.setattr(universes, "run_python", lambda *_: child)
    check = look("fork")
    assert check.state == state
    assert found in check.found
    assert bool(check.remedy) == (state == "warning")


def test_no_fork_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    assert look("fork").state == "warning"


def test_a_child_that_hangs_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    """The grandchild holds the pipes; if it lived, waiting for their end would never end."""
    late = tmp_path / "late"
    grandchild = f"import time; time.sleep(3); open({str(late)!r}, 'w')"
    source = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    start = time.monotonic()
    assert run_python(source, 0.5).status is None
    assert time.monotonic() - start < 2.5
    time.sleep(max(0.0, start + 4 - time.monotonic()))
    assert not late.exists()


def test_a_file_of_the_user_is_not_imported_in_place_of_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    assert run_python("import random; print(random.random())", 30).status == 0


def test_the_folder_is_tried_and_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert look("folder .unstuck").state == "ok"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".unstuck").mkdir()
    assert str(tmp_path / ".unstuck") in look("folder .unstuck").found
    assert list((tmp_path / ".unstuck").iterdir()) == []


def test_a_file_in_the_way_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".unstuck").write_text("")
    monkeypatch.chdir(tmp_path)
    check = look("folder .unstuck")
    assert check.state == "broken"
    assert "is a file" in check.found


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "write_database", refuse)
    check = look("folder .unstuck")
    assert check.state == "broken"
    assert "Permission denied" in check.found


@pytest.mark.parametrize(
    ("cores", "memory", "state"),
    [(8.0, 2**34, "ok"), (8.0, None, "ok"), (1.0, 2**34, "warning"), (0.5, None, "warning"), (8.0, 2**30, "warning")],
)
def test_cores_and_memory(monkeypatch: pytest.MonkeyPatch, cores: float, memory: int | None, state: str) -> None:
    monkeypatch.setattr(machine, "cores_available", lambda: cores)
    monkeypatch.setattr(machine, "memory_available", lambda: memory)
    assert look("cores and memory").state == state


def test_a_container_may_use_less_than_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/sys/fs/cgroup/cpu.max": ["50000 100000"],
        "/sys/fs/cgroup/memory.max": ["3000"],
        "/sys/fs/cgroup/memory.current": ["1000"],
        "/proc/meminfo": ["MemTotal: 99 kB", "MemAvailable: 50 kB"],
    }
    monkeypatch.setattr(machine, "lines_of", lambda path: files.get(path, []))
    assert machine.cores_available() == 0.5
    assert machine.memory_available() == 2000
    files["/sys/fs/cgroup/cpu.max"] = ["max 100000"]
    files["/sys/fs/cgroup/memory.max"] = ["max"]
    assert machine.cores_available() >= 1
    assert machine.memory_available() == 50 * 1024


@pytest.mark.parametrize(
    ("level", "state"),
    [("namespace", "ok"), ("landlock", "ok"), ("audit", "warning"), ("none", "warning"), (("landlock", "none"), "ok")],
)
def test_containment(monkeypatch: pytest.MonkeyPatch, level: str | tuple[str, ...], state: str) -> None:
    box = types.ModuleType("unstuck.experiment.box")
    monkeypatch.setattr(box, "available", lambda: level, raising=False)
    monkeypatch.setitem(sys.modules, "unstuck.experiment.box", box)
    check = look("containment")
    assert check.state == state
    assert (level if isinstance(level, str) else level[0]) in check.found
    assert bool(check.remedy) == (state == "warning")


@pytest.mark.parametrize(
    ("driver", "cuda", "state"), [(False, None, "ok"), (True, None, "warning"), (True, "12.8", "warning")]
)
def test_a_gpu_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, driver: bool, cuda: str | None, state: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(pytorch, "has_nvidia_driver", lambda: driver)
    assert look("CUDA").state == state


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"card {index}")
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    assert look("CUDA").found == "CUDA 12.8: card 0, card 1"


def write_to(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))


PAGE = [
    Check("Python", "ok", "3.11.7", "3.10 or newer", ""),
    Check("terminal", "warning", "60 columns", "80 columns", "widen the window"),
    Check("fork", "broken", "it hangs", "works", "tell us"),
    Check("CUDA", "warning", "not examined, because torch is broken", "works", ""),
]


def test_the_page() -> None:
    assert render(PAGE, ascii_only=False).splitlines() == [
        "✓ Python    ok: 3.11.7",
        "! terminal  warning: 60 columns",
        "            wanted: 80 columns",
        "            to do: widen the window",
        "✗ fork      broken: it hangs",
        "            wanted: works",
        "            to do: tell us",
        "! CUDA      warning: not examined, because torch is broken",
        "",
        "4 checks: 1 ok, 2 with a warning, 1 broken",
    ]


def test_the_page_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    write_to(monkeypatch, "ascii")
    odd = Check("folder", "ok", "/home/rené/日本", "", "")
    text = render([*PAGE, odd])
    assert text.isascii()
    assert [line[0] for line in text.splitlines() if line[:1] not in {" ", ""}] == ["+", "!", "x", "!", "+", "5"]


def test_an_ascii_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write_to(monkeypatch, "ascii")
    check = look("terminal")
    assert check.state == "warning"
    assert "ascii" in check.found


def test_a_narrow_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write_to(monkeypatch, "utf-8")
    monkeypatch.setenv("COLUMNS", "60")
    assert look("terminal").state == "warning"
    monkeypatch.setenv("COLUMNS", "80")
    assert look("terminal").state == "ok"


def test_no_output_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under pythonw, or in a service."""
    monkeypatch.setattr(sys, "stdout", None)
    assert "none" in look("terminal").found
    assert render(PAGE)


@pytest.mark.parametrize("text", ["word " * 60, "x" * 300, "a\x1b[31mred\x1b[0m\r\n\tb\x00", "--long-option " * 20])
def test_the_page_stays_within_80_columns_and_is_plain(text: str) -> None:
    page = render([Check("n" * 20, "broken", text, text, text)], ascii_only=False)
    assert max(map(len, page.splitlines())) <= 80
    assert page.replace("\n", "").isprintable()


def test_no_checks_make_a_page() -> None:
    assert render([], ascii_only=True).endswith("0 checks: none")
