"""The random state of a step: recorded by the control after each backward, put back by every other universe.

So each step begins from the same state whatever a change draws more or less, and curves stay paired (EVIDENCE 10).
"""

from __future__ import annotations

import ctypes
import os
import random
import struct
import sys
from typing import Any

import torch

from unstuck.observe.events import Backward
from unstuck.observe.session import Session

KEYS_AND_POSITION = 624 * 4 + 4
"""Bytes at the beginning of a Mersenne twister, in memory and as it is packed: then come the cached normal draws."""


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
        self._states: list[Generator] = []
        session.on.after_backward.append(self._put_back)

    def _put_back(self, event: Backward) -> None:
        header = os.pread(self.descriptor, 4, self._offset)
        if len(header) < 4:
            return
        (length,) = struct.unpack("<I", header)
        if length:
            parts = _parts(os.pread(self.descriptor, length, self._offset + 4))
            if len(parts) != len(self._states):
                self._states = _generators(len(parts))
            for generator, part in zip(self._states, parts, strict=True):
                generator.know(part)
        self._offset += 4 + length
        for generator in self._states:
            generator.put_back()


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
    parts = _parts(data)
    for generator, part in zip(_generators(len(parts)), parts, strict=True):
        generator.know(part)
        generator.put_back()


def _parts(data: bytes) -> list[bytes]:
    parts, offset = [], 0
    while offset < len(data):
        (length,) = struct.unpack_from("<I", data, offset)
        parts.append(data[offset + 4 : offset + 4 + length])
        offset += 4 + length
    return parts


class Generator:
    """One generator and the state that it is to be in. It is asked in every step: what is known is not read again."""

    def __init__(self) -> None:
        self._packed = b""
        self._state: Any = None

    def know(self, packed: bytes) -> None:
        """The state that is put back from now on."""
        if packed != self._packed:
            self._packed, self._state = packed, self._read(packed)

    def _read(self, packed: bytes) -> Any:
        raise NotImplementedError

    def put_back(self) -> None:
        """Put the generator into that state."""
        raise NotImplementedError


class Python(Generator):
    """The module `random`."""

    def _read(self, packed: bytes) -> Any:
        version, *internal = struct.unpack("<I625Id?", packed)
        return version, tuple(internal[:625]), internal[625] if internal[626] else None

    def put_back(self) -> None:
        """Put the generator into that state."""
        random.setstate(self._state)


class Torch(Generator):
    """Torch's, on the processor."""

    def _read(self, packed: bytes) -> Any:
        return _bytes_tensor(packed)

    def put_back(self) -> None:
        """Put the generator into that state."""
        torch.set_rng_state(self._state)


class NumPy(Generator):
    """NumPy's own, whose setting costs a tenth of a small step: left alone where it stands there already."""

    def _read(self, packed: bytes) -> Any:
        import numpy

        return "MT19937", numpy.frombuffer(packed[:-16], dtype=numpy.uint32), *struct.unpack("<iid", packed[-16:])

    def put_back(self) -> None:
        """Put the generator into that state."""
        import numpy

        has_gauss = self._state[3]
        if has_gauss or _keys_and_position(numpy) != self._packed[:KEYS_AND_POSITION]:
            numpy.random.set_state(self._state)


class Cuda(Generator):
    """Torch's, on one GPU."""

    def __init__(self, device: int) -> None:
        super().__init__()
        self.device = device

    def _read(self, packed: bytes) -> Any:
        return _bytes_tensor(packed)

    def put_back(self) -> None:
        """Put the generator into that state."""
        torch.cuda.set_rng_state(self._state, self.device)


def _generators(number: int) -> list[Generator]:
    """In the order in which they are packed."""
    numpy = [NumPy()] if "numpy" in sys.modules else []
    known: list[Generator] = [Python(), Torch(), *numpy]
    return [*known, *(Cuda(device) for device in range(number - len(known)))][:number]


def _keys_and_position(numpy: Any) -> bytes:
    """Of NumPy's generator, as they stand in memory; empty where that cannot be looked at."""
    try:
        return ctypes.string_at(numpy.random.get_bit_generator().ctypes.state_address, KEYS_AND_POSITION)
    except Exception:
        return b""


def _bytes_tensor(data: bytes) -> Any:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).clone()
