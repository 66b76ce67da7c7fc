"""Many actions as few patterns, each true of every action that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

FEWEST = 3
"""How many actions a pattern stands for at least; fewer are written out."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z0-9]*|[a-z0-9]+|.", re.DOTALL)


def patterns(names: Iterable[str], universe: Iterable[str]) -> Iterator[tuple[str, int]]:
    """
    The actions `names` (`service:Name`) as patterns, each with how many it stands for, sorted.

    Law: of `universe`, which holds `names`, a pattern matches those that it stands for and no other, and each of
    `names` is matched by one. A pattern ends where a word of a name does.
    """
    among = _by_service(universe)
    for service, some in sorted(_by_service(names).items()):
        yield from of_service(service, some, among.get(service, []))


def of_service(service: str, names: Sequence[str], universe: Sequence[str]) -> Iterator[tuple[str, int]]:
    """As `patterns`, for actions of one service."""
    if len(names) >= FEWEST and len(names) == len(universe):
        yield f"{service}:*", len(names)
    else:
        yield from _below(f"{service}:", sorted(names), universe)


# ---------------------------------------------------------------- helpers


def _by_service(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        found.setdefault(name.partition(":")[0], []).append(name)
    return found


def _below(prefix: str, names: Sequence[str], universe: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Those that begin with `prefix`, by the word that follows."""
    groups: dict[str, list[str]] = {}
    for name in names:
        word = _WORD.match(name, len(prefix))
        groups.setdefault(name[: word.end()] if word else name, []).append(name)
    for begin, group in sorted(groups.items()):
        among = [name for name in universe if name.startswith(begin)]
        if len(group) >= FEWEST and len(among) == len(group):
            yield f"{begin}*", len(group)
        elif len(group) == 1 or begin in group:
            yield from ((name, 1) for name in group)
        else:
            yield from _below(begin, group, among)
