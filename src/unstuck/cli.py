"""The verbs: parse, call, print, exit status. No logic, and no torch."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from unstuck import __version__
from unstuck.facts import Report

HEALTHY, FAULTS, ERROR = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit status: 0 nothing wrong, 1 faults found, 2 usage or tool error."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(words)
    try:
        return int(arguments.call(arguments))
    except KeyboardInterrupt:
        print("\nunstuck: stopped; nothing was changed and nothing is left running", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unstuck",
        description="Finds out, by experiment, why a neural network is not learning.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"unstuck {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    debug = verbs.add_parser(
        "debug",
        help="get it to run, overfit a single batch, find and prove the fault",
        usage="unstuck debug [options] SCRIPT [ARGS...]\n       unstuck debug [options] -m MODULE [ARGS...]",
        description="Options of unstuck come before SCRIPT; everything after it is the script's.",
        allow_abbrev=False,
    )
    debug.add_argument("--format", choices=["text", "json"], default="text")
    debug.add_argument("--output", metavar="FILE", help="write the report there instead of standard output")
    debug.add_argument("--budget", type=_seconds, default=60.0, metavar="SECONDS", help="for experiments (default 60)")
    debug.add_argument("--engine", choices=["auto", "fork", "fresh"], default="auto", help="how universes are made")
    debug.add_argument("--from", dest="run", metavar="RUN", help="judge a saved run again, without running anything")
    debug.add_argument("-m", dest="module", metavar="MODULE", help="debug a module, as python -m runs it")
    debug.add_argument("script", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    debug.set_defaults(call=_debug)

    replay = verbs.add_parser("replay", help="repeat one proof of a saved run", allow_abbrev=False)
    replay.add_argument("run", metavar="RUN")
    replay.add_argument("--finding", type=int, default=1, metavar="N")
    replay.set_defaults(call=_replay)

    explain = verbs.add_parser("explain", help="what a fault is, why it happens, how it is proved, how to fix it")
    explain.add_argument("fault", nargs="?")
    explain.set_defaults(call=_explain)

    doctor = verbs.add_parser("doctor", help="is this installation in order")
    doctor.set_defaults(call=_doctor)
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no useful number of seconds")
    return value


def _debug(arguments: argparse.Namespace) -> int:
    from unstuck.debug import Options, diagnose
    from unstuck.debug.diagnosis import NothingToWatch
    from unstuck.program import NotAProgram, Program

    words = list(arguments.script)
    if arguments.run:
        return _judge_again(arguments)
    if arguments.module:
        program = Program(name=arguments.module, argv=tuple(words), is_module=True)
    elif words:
        program = Program(name=words[0], argv=tuple(words[1:]))
    else:
        print("unstuck debug: name a script, e.g. unstuck debug train.py --epochs 3", file=sys.stderr)
        return ERROR
    if arguments.output and not Path(arguments.output).absolute().parent.is_dir():
        print(f"unstuck: cannot write {arguments.output}: there is no such folder", file=sys.stderr)
        return ERROR  # now, not after the experiments
    show = _Progress()
    try:
        report = diagnose(program, Options(budget=arguments.budget, engine=arguments.engine), show)
    except (NotAProgram, NothingToWatch) as error:
        show.clear()
        print(f"unstuck: {error}", file=sys.stderr)
        return ERROR
    show.clear()
    _keep(report)
    return _tell(report, arguments)


def _keep(report: Report) -> None:
    """The report beside the observation that it came from."""
    from unstuck.report import json

    if report.run:
        with contextlib.suppress(OSError):
            (Path(report.run) / "report.json").write_text(json.render(report), encoding="utf-8")


def _judge_again(arguments: argparse.Namespace) -> int:
    from unstuck.debug import archive
    from unstuck.debug.diagnosis import judge_again

    try:
        report = judge_again(archive.find(arguments.run, Path.cwd()))
    except archive.NoSuchRun as error:
        print(f"unstuck: {error}", file=sys.stderr)
        return ERROR
    return _tell(report, arguments)


def _replay(arguments: argparse.Namespace) -> int:
    from unstuck.debug import archive
    from unstuck.debug.replay import replay

    show = _Progress()
    try:
        again = replay(archive.find(arguments.run, Path.cwd()), arguments.finding, show)
    except archive.NoSuchRun as error:
        print(f"unstuck: {error}", file=sys.stderr)
        return ERROR
    show.clear()
    print(f"{again.fault}: with one change, {again.change}")
    print(f"  saved  {again.saved[0]:.6g} → {again.saved[1]:.6g}")
    print(f"  now    {again.now[0]:.6g} → {again.now[1]:.6g}" + ("  (the same, bit by bit)" if again.same else ""))
    return HEALTHY if again.same else FAULTS


def _tell(report: Report, arguments: argparse.Namespace) -> int:
    try:
        _write(report, arguments)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"unstuck: cannot write {arguments.output}: {error.strerror}", file=sys.stderr)
        return ERROR
    return HEALTHY if report.outcome == "healthy" else FAULTS if report.outcome in ("faults", "crashed") else ERROR


def _write(report: Report, arguments: argparse.Namespace) -> None:
    from unstuck.report import json, terminal

    if arguments.output:
        render = json.render(report) if arguments.format == "json" else terminal.render(report, root=Path.cwd())
        Path(arguments.output).write_text(render, encoding="utf-8")
    elif arguments.format == "json":
        sys.stdout.write(json.render(report))
    else:
        terminal.show(report, root=Path.cwd(), stream=sys.stdout)


class _Progress:
    """One line on a terminal that says what is going on; nothing where nobody watches."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        if self.live:
            clean = "".join(c if c.isprintable() else " " for c in text)
            sys.stderr.write("\r\x1b[2K" + clean[:78])
            sys.stderr.flush()

    def clear(self) -> None:
        if self.live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def _explain(arguments: argparse.Namespace) -> int:
    import difflib

    from unstuck.faults import all_faults

    faults = all_faults()
    if arguments.fault is None:
        for slug, fault in faults.items():
            print(f"{slug:32} {fault.page.splitlines()[0]}")
        return HEALTHY
    if arguments.fault not in faults:
        near = difflib.get_close_matches(arguments.fault, faults, n=1)
        hint = f" (did you mean {near[0]}?)" if near else " (unstuck explain lists all)"
        print(f"unstuck explain: no fault is called {arguments.fault!r}{hint}", file=sys.stderr)
        return ERROR
    print(f"{arguments.fault}\n\n{faults[arguments.fault].page}")
    return HEALTHY


def _doctor(arguments: argparse.Namespace) -> int:
    from unstuck import doctor

    checks = doctor.examine()
    print(doctor.render(checks))
    return ERROR if any(check.state == "broken" for check in checks) else HEALTHY
