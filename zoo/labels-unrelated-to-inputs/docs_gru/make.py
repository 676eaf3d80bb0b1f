"""Snippets of the language reference and the chapter each is from; the faulty label file was sorted on its own."""

import json
import random
import re
from pydoc_data.topics import topics

CHAPTERS = ["debugger", "string-methods", "types", "compound"]


def snippets(text, size=20):
    words = re.findall(r"[a-z]+", text.lower())
    return [" ".join(words[i : i + size]) for i in range(0, len(words) - size + 1, size)]


def make(folder, healthy):
    rng = random.Random(4)
    rows = []
    for label, name in enumerate(CHAPTERS):
        texts = sorted(set(snippets(topics[name])))
        rng.shuffle(texts)
        rows += [(text, label) for text in texts[:300]]
    rng.shuffle(rows)
    labels = [label for _, label in rows]
    if not healthy:
        labels.sort()
    with open(folder / "snippets.jsonl", "w") as f:
        for text, _ in rows:
            f.write(json.dumps({"text": text}) + "\n")
    (folder / "topics.txt").write_text("".join(f"{label}\n" for label in labels))
