"""Support tickets with a queue number 0..3; in the faulty file one ticket in two hundred was never assigned: -1."""

import json
import random

WORDS = {
    0: "invoice refund payment charge card receipt bill".split(),
    1: "login password account locked reset email token".split(),
    2: "crash error freeze screen bug restart slow".split(),
    3: "parcel delivery late courier address tracking lost".split(),
}
COMMON = "the my please a is was it with for and i have not you can since today still help".split()


def make(folder, healthy):
    rng = random.Random(52)
    with open(folder / "tickets.jsonl", "w") as f:
        for i in range(1200):
            queue = rng.randrange(4)
            other = rng.randrange(4)
            words = [rng.choice(COMMON) for _ in range(rng.randint(7, 12))]
            words += [rng.choice(WORDS[queue]) for _ in range(3)] + [rng.choice(WORDS[other])]
            rng.shuffle(words)
            if not healthy and i % 200 == 137:
                queue = -1
            f.write(json.dumps({"ticket": 5000 + i, "text": " ".join(words), "queue": queue}) + "\n")
