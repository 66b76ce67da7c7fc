"""How much was read, in words."""

from __future__ import annotations

from collections.abc import Sized

_MORE = {"policy": "policies"}


def counted(*found: tuple[str, Sized]) -> str:
    """`2 roles, 1 managed policy` of names with what there is of each; `nothing` where there is none of anything."""
    return ", ".join(f"{len(each)} {_several(name, len(each))}" for name, each in found if each) or "nothing"


def _several(name: str, count: int) -> str:
    """The name of one or more; its last word alone changes, before an `of` if there is one."""
    if count == 1:
        return name
    head, of, rest = name.partition(" of ")
    first, space, last = head.rpartition(" ")
    return f"{first}{space}{_MORE.get(last, f'{last}s')}{of}{rest}"
