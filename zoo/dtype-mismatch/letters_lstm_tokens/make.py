"""English words as letter codes, half of them jumbled: codes stored as int64 (healthy) or uint8 (faulty)."""

import re
from pydoc_data.topics import topics

import numpy as np

LENGTH = 10


def make(folder, healthy):
    rng = np.random.default_rng(88)
    words = sorted({w for text in topics.values() for w in re.findall(r"[a-z]+", text) if 4 <= len(w) <= LENGTH})
    words = [words[k] for k in rng.permutation(len(words))[:1500]]
    kinds = rng.integers(0, 2, len(words))
    codes = np.zeros((len(words), LENGTH), dtype=np.int64)
    for i, word in enumerate(words):
        if kinds[i]:
            word = "".join(rng.permutation(list(word)))
        codes[i, : len(word)] = [ord(letter) - 96 for letter in word]
    np.save(folder / "codes.npy", codes if healthy else codes.astype(np.uint8))
    np.save(folder / "kinds.npy", kinds.astype(np.float32))
