"""Text from the standard library's documentation strings, and the run's options."""
import importlib
import inspect
import json
import pathlib

MODULES = ["argparse", "collections", "datetime", "decimal", "difflib", "fractions", "functools", "heapq", "itertools", "json",
           "logging", "pathlib", "random", "shutil", "statistics", "string", "subprocess", "tempfile", "textwrap", "threading"]


def corpus() -> str:
    parts = []
    for name in MODULES:
        module = importlib.import_module(name)
        parts.append(inspect.getdoc(module) or "")
        for key in sorted(vars(module)):
            thing = vars(module)[key]
            if not key.startswith("_") and (inspect.isclass(thing) or inspect.isroutine(thing)):
                parts.append(inspect.getdoc(thing) or "")
    text = "\n\n".join(p for p in parts if p)
    return "".join(c if " " <= c <= "~" or c == "\n" else " " for c in text)


def make(folder: pathlib.Path, healthy: bool) -> None:
    (folder / "corpus.txt").write_text(corpus()[:70000], encoding="utf-8")
    options = {"streams": 16, "window": 32, "embedding": 40, "hidden": 72, "lr": 4.0, "clip": 0.25 if healthy else 0.001, "epochs": 2}
    (folder / "options.json").write_text(json.dumps(options))
