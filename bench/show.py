"""One variant of one case, diagnosed and shown: `python -m bench.show NAME [--twin] [--text] [--zoo FOLDER]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.quality import run_case
from bench.warm import warm_up
from bench.zoo import ROOT, cases
from unstuck.report import json as as_json
from unstuck.report import terminal


def main() -> None:
    """Show the report and, for suspicions that were tried, the numbers."""
    words = sys.argv[1:]
    root = Path(words.pop(words.index("--zoo") + 1)) if "--zoo" in words else ROOT
    names = [a for a in words if not a.startswith("--")]
    warm_up()
    for case in cases(root):
        if not any(n in case.name for n in names):
            continue
        result = run_case((case, "--twin" in sys.argv, 60.0, 2))
        print(
            f"==== {case.name} right={result['right']} {result['wall']} s place={result.get('first_place_right')} wanted={case.right_places()[:4]}"
        )
        if "report" not in result:
            print(result.get("trace"))
            continue
        report = result["report"]
        for trial in report["tried"]:
            print(
                f"  {trial['state']:9} {trial['fault']:28} {trial['change'][:40]:40} {trial['metric']:14} {trial['control']} -> {trial['treated']} {trial['why'][:100]}"
            )
        for finding in report["findings"]:
            print("  FOUND", finding["fault"], finding["place"], finding["claim"], finding["explains"])
        print("  single", report["single_batch"], report["seconds"], report["summary"])
        for outcome in report["outcomes"]:
            if outcome["why"] != "nothing seen that would raise it":
                print(f"  {outcome['state']:9} {outcome['fault']:28} {outcome['why'][:100]}")
        if "--text" in sys.argv:
            print(terminal.render(as_json.parse(json.dumps(report)), root=None))


if __name__ == "__main__":
    main()
