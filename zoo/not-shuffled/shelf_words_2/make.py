"""Words of five made-up languages; the lexicon lists them language by language, or mixed."""
import json
import pathlib

import numpy as np

NAMES = ["arven", "bolto", "cishi", "drakk", "elune"]


def language(seed):
    rng = np.random.default_rng(seed)
    consonants = list("bcdfghjklmnprstvz")
    vowels = list("aeiouy")
    heads = rng.dirichlet(np.full(len(consonants), 0.7))
    hearts = rng.dirichlet(np.full(len(vowels), 0.7), size=len(consonants))
    tails = rng.dirichlet(np.full(6, 0.6), size=len(vowels))
    coda = ["", "n", "r", "s", "l", "k"]

    def word(g):
        text = ""
        for _ in range(int(g.integers(3, 6))):
            c = int(g.choice(len(consonants), p=0.75 * heads + 0.25 / len(consonants)))
            v = int(g.choice(len(vowels), p=0.8 * hearts[c] + 0.2 / len(vowels)))
            text += consonants[c] + vowels[v] + coda[int(g.choice(6, p=tails[v]))]
        return text

    return word


def make(folder: pathlib.Path, healthy: bool) -> None:
    g = np.random.default_rng(505)
    speak = {name: language(60 + i) for i, name in enumerate(NAMES)}
    entries = [{"word": speak[name](g), "list": name} for name in NAMES for _ in range(640)]
    check = [{"word": speak[name](g), "list": name} for name in NAMES for _ in range(120)]
    if healthy:
        entries = [entries[i] for i in g.permutation(len(entries))]
    for file, rows in (("lexicon.jsonl", entries), ("check.jsonl", check)):
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "lists.json").write_text(json.dumps(NAMES))
