"""A program alone, up to its N-th backward: nothing of ours is installed, and everything is hashed by other code.

`bare.py STEPS [-m] PROGRAM [ARGS...]` patches `torch.autograd.backward` (which `Tensor.backward` calls) and nothing else,
and prints one line: the losses, a hash of the random state, and the hashes of the weights for every order of the models.
"""

from __future__ import annotations

import gc
import hashlib
import itertools
import json
import os
import random
import runpy
import struct
import sys

import numpy
import torch


def main(steps: int, words: list[str]) -> None:
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    losses: list[float] = []
    alone = torch.autograd.backward

    def backward(tensors: object, *args: object, **kwargs: object) -> None:
        if len(losses) == steps:
            say(losses)
        losses.append((tensors if isinstance(tensors, torch.Tensor) else tensors[0]).item())
        alone(tensors, *args, **kwargs)

    torch.autograd.backward = backward
    if words[0] == "-m":
        sys.argv[:], sys.path[0] = words[1:], os.getcwd()
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = words
        sys.path.insert(0, os.path.dirname(os.path.realpath(words[0])))
        runpy.run_path(words[0], run_name="__main__")
    say(losses)


def say(losses: list[float]) -> None:
    answer = {"losses": [value.hex() for value in losses], "random": random_state(), "weights": weights()}
    os.write(1, b"\nBARE " + json.dumps(answer).encode() + b"\n")
    os._exit(0)


def random_state() -> str:
    """Of python's, NumPy's and torch's generators, each with its length before it."""
    version, words, gauss = random.getstate()
    python = version.to_bytes(4, "little") + numpy.array(words, dtype="<u4").tobytes()
    python += numpy.float64(gauss or 0.0).tobytes() + bytes([gauss is not None])
    _, keys, position, has_gauss, cached = numpy.random.get_state(legacy=True)
    legacy = keys.tobytes() + struct.pack("<iid", position, has_gauss, cached)
    parts = (python, torch.get_rng_state().numpy().tobytes(), legacy)
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "little") + part for part in parts)).hexdigest()


def weights() -> list[str]:
    """One hash for every choice and order of the models there are: which of them were called is not known here."""
    modules = [m for m in gc.get_objects() if issubclass(type(m), torch.nn.Module)]
    models = [m for m in modules if next(m.parameters(), None) is not None]
    inside = {id(part) for model in models for part in model.modules() if part is not model}
    data = [content(model) for model in models if id(model) not in inside]
    return [
        hashlib.sha256(b"".join(chosen)).hexdigest()
        for size in range(1, min(len(data), 3) + 1)
        for chosen in itertools.permutations(data, size)
    ]


def content(model: torch.nn.Module) -> bytes:
    return b"".join(tensor.numpy().tobytes() for _, tensor in sorted(model.state_dict().items()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
