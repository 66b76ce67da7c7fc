"""Many actions as few patterns, each true of every action that it stands for."""

from __future__ import annotations

from iamsim.catalog.patterns import of_service
from iamsim.diff.domain import LEVELS, UNLISTED, Domain, Mask, bits, size
from iamsim.diff.model import Level, Pattern


class Levels:
    """The actions of one domain by access level, worked out once for those that come again."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._known: dict[tuple[Mask, Mask], tuple[Level, ...]] = {}

    def of(self, actions: Mask, asked: Mask) -> tuple[Level, ...]:
        """As `by_level`."""
        found = self._known.get((actions, asked))
        if found is None:
            found = self._known[actions, asked] = by_level(actions, asked, self._domain)
        return found


def by_level(actions: Mask, asked: Mask, domain: Domain) -> tuple[Level, ...]:
    """
    The actions by access level, the most dangerous first, each level as patterns with their counts.

    A pattern at a level stands for every action of that level which it matches among those `asked`, and for no other.
    """
    services = {service for service, _ in domain.by_service(actions)}
    whole = size(actions) == size(asked)
    universe = {} if whole else {s: domain.service(s) & asked for s in services}
    found: dict[str, dict[str, list[str]]] = {}
    for service, some in domain.by_service(actions):
        for number in bits(some):
            found.setdefault(domain.level(number), {}).setdefault(service, []).append(domain.names[number])
    others: dict[str, dict[str, list[str]]] = {}
    for service, some in universe.items():
        for number in bits(some):
            others.setdefault(domain.level(number), {}).setdefault(service, []).append(domain.names[number])
    levels = []
    for level in (*LEVELS, UNLISTED):
        mine = found.get(level)
        if mine is None:
            continue
        names = tuple(name for each in mine.values() for name in each)
        if whole and len(mine) > 1 and asked == domain.all:
            patterns: tuple[Pattern, ...] = (Pattern("*", len(names)),)
        else:
            of_level = mine if whole else others[level]
            patterns = tuple(
                Pattern(*pattern)
                for service, some in sorted(mine.items())
                for pattern in of_service(service, some, of_level[service])
            )
        levels.append(Level(level, names, patterns))
    return tuple(levels)
