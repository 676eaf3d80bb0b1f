"""How one check is made, and what comes of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "broken"]
Seen = tuple[State, str, str]
"""What looking gives: the state, what was found, and what to do about it (empty if nothing)."""

SEND_US = "please report it, with this page"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found beside what was wanted, and what to do about it."""

    name: str
    state: State
    found: str
    wanted: str
    remedy: str


@dataclass(frozen=True)
class Probe:
    """How one check is made."""

    name: str
    wanted: str
    look: Callable[[], Seen]
    needs: str
    """The name of an earlier check without which this one would only repeat that one's trouble."""

    def examine(self) -> Check:
        """Look; an error of the looking is its result, so that the checks after it still run."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                state, found, remedy = self.look()
        except (Exception, SystemExit) as error:
            state, found, remedy = "broken", f"the check failed: {in_words(error)}", SEND_US
        return Check(self.name, state, found, self.wanted, remedy)

    def skip(self) -> Check:
        """Say that nothing was looked at: never the same words as "nothing was found"."""
        return Check(self.name, "warning", f"not examined, because {self.needs} is broken", self.wanted, "")


def check(name: str, *, wanted: str, needs: str = "") -> Callable[[Callable[[], Seen]], Probe]:
    """Make a probe of a function that looks; `examination.PROBES` says when it is its turn."""
    return lambda look: Probe(name, wanted, look, needs)


def in_words(error: BaseException) -> str:
    """An error on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
