"""Words of an invented language; in the faulty variant one line of the sounds was lost in the first half, so the rest is off by one."""
import json
import random

ONSETS = ["p", "t", "k", "s", "sh", "m", "n", "l", "r", "h", "v", ""]
VOWELS = ["a", "e", "i", "o", "u"]
CODAS = ["", "", "n", "s", "k", "r"]


def word(rng):
    return list("".join(rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(rng.randint(2, 4))))


def say(w):
    """Context rules: softening before e and i, voicing between vowels, sh as one sound, colour by the last vowel."""
    v = set(VOWELS)
    last = [c for c in w if c in v][-1]
    out = []
    for i, c in enumerate(w):
        before, after = w[i - 1] if i else "#", w[i + 1] if i + 1 < len(w) else "#"
        if c in v:
            s = c.upper() + ("'" if last in "iu" and c in "ao" else "") + (":" if after == "#" else "")
        elif c == "h" and before == "s":
            s = "_"
        elif c == "s":
            s = "S" if after == "h" else ("z" if before in v and after in v else "s")
        elif c == "k":
            s = "ch" if after in ("e", "i") else ("g" if before in v and after in v else "k")
        elif c in "pt":
            s = {"p": "b", "t": "d"}[c] if before in v and after in v else c
        elif c == "n":
            s = "ng" if after == "k" else "n"
        elif c == "r":
            s = "R" if before == "#" else "r"
        else:
            s = c
        out.append(s)
    return out


def make(folder, healthy):
    rng = random.Random(31)
    seen = {}
    while len(seen) < 1900:
        w = word(rng)
        seen["".join(w)] = w
    words = list(seen.values())
    spelt = [" ".join(w) for w in words]
    sounds = [" ".join(say(w)) for w in words]
    n = 1500
    train_sounds = sounds[:n]
    if not healthy:
        lost = 560
        train_sounds = train_sounds[:lost] + train_sounds[lost + 1:] + [sounds[lost]]
    place = folder / "words"
    place.mkdir(exist_ok=True)
    for name, lines in (("train.spelt", spelt[:n]), ("train.sounds", train_sounds),
                        ("check.spelt", spelt[n:]), ("check.sounds", sounds[n:])):
        (place / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "settings.json").write_text(json.dumps(
        {"seed": 5, "dim": 24, "hidden": 40, "lr": 0.006, "decay": 0.93, "batch": 30, "epochs": 6}))
