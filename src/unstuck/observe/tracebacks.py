"""Which call each link of a traceback was executing. Needs no torch: a program may stop before it imports it."""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Iterator

from unstuck.observe.sources import Site, is_user_file


def links(error: BaseException) -> Iterator[types.TracebackType]:
    """The links of an error's traceback, outermost first."""
    link = error.__traceback__
    while link is not None:
        yield link
        link = link.tb_next


def is_user_link(link: types.TracebackType) -> bool:
    """Whether a link executes the user's own code."""
    return is_user_file(link.tb_frame.f_code.co_filename)


def site_at(link: types.TracebackType) -> Site:
    """The call that a link was executing when the error passed through it."""
    code = link.tb_frame.f_code
    if sys.version_info >= (3, 11):
        line, end_line, start, end = list(code.co_positions())[link.tb_lasti // 2]
        if start is not None and line is not None:
            return Site(code.co_filename, link.tb_lineno, start, end if end is not None and end_line == line else -1)
    return Site(code.co_filename, link.tb_lineno)


def raised_by_the_user(error: BaseException) -> bool:
    """Whether the innermost line is a `raise` or an `assert` in the user's own code: no call of torch's failed."""
    last = list(links(error))[-1:]
    if not last or not is_user_link(last[0]):
        return False
    code = last[0].tb_frame.f_code
    raising = ("RAISE_VARARGS", "RERAISE")
    return any(i.offset == last[0].tb_lasti and i.opname in raising for i in dis.get_instructions(code))
