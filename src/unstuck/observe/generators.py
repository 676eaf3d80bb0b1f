"""The random state of a step: recorded by the control after each backward, put back by every other universe.

So each step begins from the same state whatever a change draws more or less, and curves stay paired (EVIDENCE 10).
"""

from __future__ import annotations

import os
import random
import struct
import sys
from typing import Any

import torch

from unstuck.observe.session import Backward, Session


class RecordStates:
    """Appends the state of the generators after each backward to an open file."""

    def __init__(self, session: Session, descriptor: int) -> None:
        self.descriptor = descriptor
        self._last = b""
        session.on.after_backward.append(self._record)

    def _record(self, event: Backward) -> None:
        state = pack()
        changed = state if state != self._last else b""
        self._last = state
        os.write(self.descriptor, struct.pack("<I", len(changed)) + changed)


class PutBackStates:
    """Puts the recorded states back, one after each backward, until the record ends."""

    def __init__(self, session: Session, descriptor: int) -> None:
        self.descriptor = descriptor
        self._offset = 0
        self._last = b""
        session.on.after_backward.append(self._put_back)

    def _put_back(self, event: Backward) -> None:
        header = os.pread(self.descriptor, 4, self._offset)
        if len(header) < 4:
            return
        (length,) = struct.unpack("<I", header)
        if length:
            self._last = os.pread(self.descriptor, length, self._offset + 4)
        self._offset += 4 + length
        unpack(self._last)


class OtherSeed:
    """Another draw of everything random from here on: seeds step by step from one number."""

    def __init__(self, session: Session, seed: int) -> None:
        self.seed = seed
        reseed(seed)
        session.on.after_backward.append(lambda event: reseed(seed * 1_000_003 + event.number))


def reseed(seed: int) -> None:
    """Seed the three generators."""
    random.seed(seed)
    torch.manual_seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed % 2**32)


def pack() -> bytes:
    """The state of python's, NumPy's and torch's generators as bytes."""
    version, internal, gauss = random.getstate()
    python = struct.pack("<I625Id?", version, *internal, gauss or 0.0, gauss is not None)
    parts = [
        python,
        torch.get_rng_state().numpy().tobytes() if "numpy" in sys.modules else bytes(torch.get_rng_state().tolist()),
    ]
    if numpy := sys.modules.get("numpy"):
        _, keys, position, has_gauss, cached = numpy.random.get_state(legacy=True)
        parts.append(keys.tobytes() + struct.pack("<iid", position, has_gauss, cached))
    if torch.cuda.is_initialized():
        parts.extend(bytes(state.tolist()) for state in torch.cuda.get_rng_state_all())
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def unpack(data: bytes) -> None:
    """Put a packed state back."""
    parts, offset = [], 0
    while offset < len(data):
        (length,) = struct.unpack_from("<I", data, offset)
        parts.append(data[offset + 4 : offset + 4 + length])
        offset += 4 + length
    if not parts:
        return
    version, *internal = struct.unpack("<I625Id?", parts[0])
    gauss = internal[625] if internal[626] else None
    random.setstate((version, tuple(internal[:625]), gauss))
    torch.set_rng_state(_bytes_tensor(parts[1]))
    rest = parts[2:]
    if rest and (numpy := sys.modules.get("numpy")):
        keys, tail = rest[0][:-16], rest[0][-16:]
        numpy.random.set_state(("MT19937", numpy.frombuffer(keys, dtype=numpy.uint32), *struct.unpack("<iid", tail)))
        rest = rest[1:]
    if rest and torch.cuda.is_initialized():
        torch.cuda.set_rng_state_all([_bytes_tensor(part) for part in rest])


def _bytes_tensor(data: bytes) -> Any:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).clone()
