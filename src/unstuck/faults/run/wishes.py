"""What a layer of torch's wants: the size of one dimension, and how many dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstuck.faults.run.words import plural
from unstuck.trace.crash import Crash, Part, Shape

RECURRENT = ("RNN", "LSTM", "GRU")
KINDS: dict[str, tuple[str, int, int, tuple[int, ...]]] = {
    "Linear": ("in_features", 0, -1, ()),
    **{f"{t}{n}d": ("in_channels", 0, -n - 1, (n + 2, n + 1)) for n in (1, 2, 3) for t in ("Conv", "ConvTranspose")},
    "BatchNorm1d": ("num_features", 0, 1, (2, 3)),
    "BatchNorm2d": ("num_features", 0, 1, (4,)),
    "BatchNorm3d": ("num_features", 0, 1, (5,)),
    "LayerNorm": ("normalized_shape", 0, -1, ()),
    "GroupNorm": ("num_channels", 1, 1, (2, 3, 4, 5)),
    **dict.fromkeys(RECURRENT, ("input_size", 0, -1, (3, 2))),
    **{f"{kind}Cell": ("input_size", 0, -1, (2, 1)) for kind in RECURRENT},
    "MultiheadAttention": ("embed_dim", 0, -1, (3, 2)),
}
"""By kind: the setting that says the size, its position in the constructor, which dimension, how many dimensions."""
FUNCTIONS = {"linear": "Linear", **{f"conv{n}d": f"Conv{n}d" for n in (1, 2, 3)}}
NOUNS = {"in_channels": "channels", "num_features": "channels", "num_channels": "channels"}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer, its wish and what it got."""

    name: str
    kind: str
    at: dict[str, Any]
    size: int
    got: Shape
    setting: str
    position: int
    dim: int
    ranks: tuple[int, ...]
    part: Part | None

    def takes(self, shape: Shape) -> bool:
        """Whether it could take a shape."""
        return self.has_rank(shape) and shape[self.dim] == self.size

    def has_rank(self, shape: Shape) -> bool:
        """Whether a shape has a number of dimensions that it takes."""
        depth = -self.dim if self.dim < 0 else self.dim + 1
        return len(shape) >= depth and (not self.ranks or len(shape) in self.ranks)

    @property
    def wish(self) -> str:
        """`400 inputs`."""
        return plural(self.size, NOUNS.get(self.setting, "inputs")[:-1])

    @property
    def wanted(self) -> str:
        """The shapes that it takes, in letters."""
        rank = self.ranks[0] if self.ranks else 2 if self.kind == "Linear" else len(self.got)
        return "×".join(str(self.size) if i == self.dim % rank else "…" for i in range(rank))


def layer_of(crash: Crash) -> Layer | None:
    """The layer that failed, if it is one whose wish is known."""
    part, call = crash.part, crash.call
    if part is not None and part.kind in KINDS and part.inputs:
        setting, position, dim, ranks = KINDS[part.kind]
        size = part.settings.get(setting)
        size = size[0] if isinstance(size, list) and len(size) == 1 else size
        if not isinstance(size, int):
            return None
        at = part.location if part.root is not None or call is None else call.location
        return Layer(
            name=part.name, kind=part.kind, at=at, size=size, got=part.inputs[0].shape, setting=setting,
            position=position, dim=dim, ranks=ranks, part=part if part.root is not None else None,
        )  # fmt: skip
    if part is None and call is not None and call.name in FUNCTIONS:
        data, weight = call.tensor(0, "input"), call.tensor(1, "weight")
        if data is None or weight is None or len(weight.shape) < 2:
            return None
        kind = FUNCTIONS[call.name]
        setting, position, dim, ranks = KINDS[kind]
        return Layer(
            name=f"`{call.name}`", kind=kind, at=call.location, size=weight.shape[1], got=data.shape, setting=setting,
            position=position, dim=dim, ranks=ranks, part=None,
        )  # fmt: skip
    return None
