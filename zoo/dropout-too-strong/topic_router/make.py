"""Short passages of library documentation with the module they come from, in random order, and the settings."""
import importlib
import inspect
import pathlib
import random
import re

MODULES = ["argparse", "asyncio", "datetime", "decimal", "email.message", "logging", "pathlib", "statistics", "threading", "unittest"]


def passages(name):
    module = importlib.import_module(name)
    texts = [inspect.getdoc(module) or ""]
    for key in sorted(vars(module)):
        thing = vars(module)[key]
        if inspect.isclass(thing):
            texts.append(inspect.getdoc(thing) or "")
            texts += [inspect.getdoc(member) or "" for _, member in sorted(vars(thing).items()) if inspect.isroutine(member)]
        elif inspect.isroutine(thing):
            texts.append(inspect.getdoc(thing) or "")
    seen, out = set(), []
    for text in texts:
        words = re.findall(r"[A-Za-z_]+", text)
        for start in range(0, len(words) - 15, 32):
            passage = " ".join(words[start:start + 32])
            if passage not in seen:
                seen.add(passage)
                out.append(passage)
    return out


def make(folder: pathlib.Path, healthy: bool) -> None:
    rows = [f"{name}\t{passage}" for name in MODULES for passage in passages(name)[:170]]
    random.Random(8).shuffle(rows)
    (folder / "passages.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "router.toml").write_text(f"""seed = 5
min_count = 2

[network]
embedding = 64
hidden = 64
dropout = {0.15 if healthy else 0.9}

[schedule]
epochs = 10
batch = 32
lr = 0.01
""")
