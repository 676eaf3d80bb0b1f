"""Is a diagnosis the same every time? `python -m bench.repeat [--times 10] [--half N] [--every N] [NAME…]`."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from typing import Any

from bench.quality import run_case
from bench.warm import warm_up
from bench.zoo import cases


def answer(result: dict[str, Any]) -> str:
    """What a user is told: the faults with their lines, or that there is none."""
    if "report" not in result:
        return str(result["error"])
    places = [(f["fault"], f["place"]["path"], f["place"]["line"]) for f in result["report"]["findings"]]
    return ", ".join(f"{fault} {path}:{line}" for fault, path, line in places) or str(result["outcome"])


def main(words: list[str]) -> int:
    """Both variants of the chosen cases, so many times each; the status is 1 if any answer differs."""
    options = argparse.ArgumentParser(prog="python -m bench.repeat", description=__doc__)
    options.add_argument("names", nargs="*", help="parts of case names; default all")
    options.add_argument("--times", type=int, default=10)
    options.add_argument("--half", type=int)
    options.add_argument("--every", type=int, default=1, help="of the chosen cases, one in so many")
    given = options.parse_args(words)
    chosen = [c for c in cases() if given.half in (None, c.half)]
    chosen = [c for c in chosen if not given.names or any(name in c.name for name in given.names)]
    variants = [(c, healthy) for c in chosen[:: given.every] for healthy in (False, True) if healthy or c.slug]
    warm_up()
    work = [(c, healthy, 120.0, 1) for c, healthy in variants for _ in range(given.times)]
    same = 0
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        results = pool.imap(run_case, work)
        for case, healthy in variants:
            answers = Counter(answer(next(results)) for _ in range(given.times))
            same += len(answers) == 1
            said = "; ".join(f"{number}× {text}" for text, number in answers.most_common())
            print(
                f"{'same' if len(answers) == 1 else 'DIFF'} {'twin' if healthy else 'bug '} {case.name:50} {said}",
                flush=True,
            )
    print(f"the same answer {given.times} times: {same} of {len(variants)}")
    return 0 if same == len(variants) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
