"""Numbers as a person reads them: three digits, and a difference as exact as what it is a difference of."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """Three significant digits: 2.31, 3e-4, 1.2e10, nan. A last zero stays where it stands for what was rounded off."""
    if not math.isfinite(value):
        return _minus(str(float(value)))
    if value == int(value) and abs(value) < 1e6:
        return _minus(str(int(value)))
    if 1e-3 <= abs(value) < 1e5:
        exact = float(f"{value:.3g}") == value
        return _minus(f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}" if exact else f"{value:#.3g}")
    digits, exponent = f"{value:.2e}".split("e")
    return _minus(f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}")


def quantity(value: float | str, unit: str = "") -> str:
    """A number with its unit, never to be parted at the end of a line."""
    said = value if isinstance(value, str) else number(value)
    return f"{said}\N{NO-BREAK SPACE}{unit}" if unit else said


EXPLODES = 100.0
"""A loss so many times the one it is compared with has no size worth printing."""


def difference(control: float, treated: float) -> str:
    """What a change did: `−0.01`; `0` where nothing moved at all, `0.00` where it is lost in the digits shown."""
    moved = treated - control
    if math.isfinite(control) and not abs(treated) < EXPLODES * max(abs(control), 1e-3):
        return "explodes"
    if not math.isfinite(moved):
        return f"{number(control)}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{number(treated)}"
    if moved == 0:
        return "0"
    size = math.floor(math.log10(max(abs(control), abs(treated))))
    decimals = 2 - size if size >= 0 else 1 - size
    if decimals > 4:
        return ("+" if moved > 0 else "") + number(moved)
    said = f"{moved:+.{max(decimals, 0)}f}"
    return _minus(said) if float(said) else said[1:]


def _minus(text: str) -> str:
    return text.replace("-", "−") if text.startswith("-") else text


def more(count: int, thing: str) -> str:
    """`1 more place`, `2 more places`."""
    return f"{count} more {thing}{'' if count == 1 else 's'}"
