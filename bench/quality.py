"""Diagnosis quality on the zoo: root cause at rank 1, place right, false alarms, harmless choices blamed, seconds."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.zoo import ROOT, Case, cases

LIMIT = 240


def run_case(job: tuple[Case, bool, float, int]) -> dict[str, Any]:
    """Diagnose one variant of one case in a fresh folder; never raises."""
    case, healthy, budget, cores = job
    from unstuck.debug import Options, diagnose
    from unstuck.program import Program
    from unstuck.report import json as as_json

    result: dict[str, Any] = {
        "case": case.name,
        "healthy": healthy,
        "kind": case.kind,
        "half": case.half,
        "slug": case.slug,
    }
    started = time.monotonic()
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        try:
            signal.alarm(LIMIT)
            signal.signal(signal.SIGALRM, _too_long)
            case.lay_out(Path(folder), healthy=healthy)
            os.chdir(folder)
            words = list(case.command)
            module = words[0] == "-m"
            program = Program(name=words[1 if module else 0], argv=tuple(words[2 if module else 1 :]), is_module=module)
            report = json.loads(as_json.render(diagnose(program, Options(budget=budget, cores=cores))))
            result.update(_judge(case, healthy, report))
        except BaseException as error:
            result.update(right=False, error=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
        finally:
            signal.alarm(0)
            os.chdir(here)
    result["wall"] = round(time.monotonic() - started, 2)
    return result


def _too_long(*_: object) -> None:
    raise TimeoutError(f"longer than {LIMIT} s")


def _judge(case: Case, healthy: bool, report: dict[str, Any]) -> dict[str, Any]:
    findings = report["findings"]
    found = findings[0]["fault"] if findings else None
    judged: dict[str, Any] = {"found": found, "outcome": report["outcome"], "report": report}
    if healthy:
        judged["right"] = not findings and report["outcome"] != "crashed"
        return judged
    judged["right"] = found == case.slug or found in case.also
    judged["false_alarms"] = sum(f["fault"] != case.slug and f["fault"] not in case.also for f in findings)
    right = case.right_places()
    judged["place_right"] = judged["right"] and any(
        is_place(p, right) for p in [findings[0]["place"], *findings[0].get("related", [])]
    )
    judged["first_place_right"] = judged["right"] and is_place(findings[0]["place"], right)
    judged["proved"] = bool(findings) and findings[0]["proof"] is not None
    return judged


def is_place(place: dict[str, Any], right: list[tuple[str, int]]) -> bool:
    return any(place["path"].endswith(name) and place["line"] == line for name, line in right)


def run(
    chosen: Iterable[Case], *, variants: tuple[bool, ...] = (False, True), jobs: int = 2, budget: float = 120.0
) -> list[dict[str, Any]]:
    """All variants of the cases, so many at once, from a warm parent: on one core each, with the work of 60 s on two."""
    from bench.warm import warm_up

    warm_up()
    work = [(c, h, budget, 1) for c in chosen for h in variants if h or c.slug]
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        results = []
        for result in pool.imap_unordered(run_case, work):
            results.append(result)
            _line(result)
    return results


def _line(result: dict[str, Any]) -> None:
    mark = "ok " if result["right"] else "BAD"
    twin = "twin" if result["healthy"] else "bug "
    place = (
        ""
        if result["healthy"] or not result.get("right")
        else (
            " line ok"
            if result.get("first_place_right")
            else " line WRONG" + (" (related ok)" if result.get("place_right") else "")
        )
    )
    print(
        f"{mark} {twin} h{result['half']} {result['case']:55} -> {result.get('found') or result.get('outcome') or result.get('error', '')[:90]}{place} {result['wall']} s",
        flush=True,
    )


def table(results: list[dict[str, Any]]) -> str:
    """Counts by half, kind and fault."""
    lines = [f"{'':34}{'rank 1':>14}{'place':>14}{'twins silent':>16}"]

    def row(name: str, part: list[dict[str, Any]]) -> None:
        bugs, twins = [r for r in part if not r["healthy"]], [r for r in part if r["healthy"]]
        right, placed = sum(r["right"] for r in bugs), sum(bool(r.get("first_place_right")) for r in bugs)
        silent = sum(r["right"] for r in twins)
        lines.append(
            f"{name:34}{f'{right}/{len(bugs)}':>14}{f'{placed}/{len(bugs)}':>14}{f'{silent}/{len(twins)}':>16}"
        )

    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        groups["all"].append(result)
        groups[f"half {result['half']}"].append(result)
        groups[f"kind {result['kind']}"].append(result)
        groups[result["slug"] or "healthy"].append(result)
    for name in sorted(groups, key=lambda n: (n != "all", not n.startswith("half"), not n.startswith("kind"), n)):
        row(name, groups[name])
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """`python -m bench.quality [--half N] [--bugs|--twins] [--out FILE] [--table FILE] [--zoo FOLDER] [NAME…]`: names are parts of case names."""
    out, table_file, half, variants, root = "/dev/null", "/dev/null", None, (False, True), ROOT
    names = []
    words = iter(arguments)
    for word in words:
        if word == "--out":
            out = next(words)
        elif word == "--table":
            table_file = next(words)
        elif word == "--zoo":
            root = Path(next(words))
        elif word == "--half":
            half = int(next(words))
        elif word == "--bugs":
            variants = (False,)
        elif word == "--twins":
            variants = (True,)
        else:
            names.append(word)
    from unstuck.faults import all_faults

    known = {"", *all_faults()}  # the zoo may be ahead of the tool
    chosen = [c for c in cases(root) if c.slug in known]
    chosen = [c for c in chosen if (not names or any(n in c.name for n in names)) and (half is None or c.half == half)]
    results = run(chosen, variants=variants)
    print(table(results))
    missed = [f"{'twin' if r['healthy'] else 'bug'} {r['case']}: {r.get('found') or r.get('error') or r.get('outcome')}"
              for r in results if not r["right"]]  # fmt: skip
    Path(table_file).write_text(
        f"```\n{table(results)}\n```\n\nMissed:\n\n" + "".join(f"- {m}\n" for m in sorted(missed))
    )
    Path(out).write_text(json.dumps(results, indent=1))
    return 0 if all(r["right"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
