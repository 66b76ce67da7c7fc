"""Every statement's verdict on one request, and what the flow chart reads from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from iamsim.engine.evaluation import DENY_ORDER, Outcome, Situation, authorize
from iamsim.engine.principals import Bounds, Grant
from iamsim.engine.statements import CompiledStatement
from iamsim.engine.unseen import without_policy
from iamsim.engine.verdicts import Telling
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.request import Request
from iamsim.model.verdict import StatementVerdict

Levels = tuple[tuple[CompiledStatement, ...], ...]


class Entry(NamedTuple):
    """One statement: its verdict, and what it grants (in a Deny: whether it applies), for sure and at most."""

    type: PolicyType
    level: int
    deny: bool
    bounds: Bounds
    verdict: StatementVerdict

    @property
    def undecided(self) -> bool:
        """Whether the request leaves the statement open."""
        return self.bounds[0] is not self.bounds[1]


@dataclass(frozen=True, slots=True)
class Record:
    """
    The full answer to the flow chart's questions: one verdict per statement, already given.

    `levels` counts the levels of each type; `live` are the places of the entries that grant or deny anything at most.
    """

    layers: Layers
    facts: Situation
    levels: Mapping[PolicyType, int]
    entries: tuple[Entry, ...]
    live: tuple[int, ...]

    def outcome(self, *, favourable: bool, forced: int | None = None) -> Outcome:
        """
        The flow chart run over the record, unknowns read in favour of access or against it.

        `forced` is the index of one undecided statement that is read the other way.
        """
        return authorize(_Reading(self, favourable, forced), self.facts)


def record(
    layers: Layers, levels: Mapping[PolicyType, Levels], facts: Situation, request: Request, *, bounded: bool | None
) -> Record:
    """Every statement of `levels` held against the request."""
    telling = Telling(request, bounded=bounded)
    entries = []
    for kind, of_type in levels.items():
        for depth, level in enumerate(of_type):
            for statement in level:
                verdict, bounds = telling.verdict(statement, depth)
                entries.append(Entry(kind, depth, statement.deny, bounds, verdict))
    counted = {kind: len(of_type) for kind, of_type in levels.items()}
    live = tuple(place for place, entry in enumerate(entries) if entry.bounds[1])
    return Record(layers, facts, counted, tuple(entries), live)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The protocol of `evaluation.Layers` over a record."""

    record: Record
    favourable: bool
    forced: int | None

    @property
    def denying(self) -> tuple[PolicyType, ...]:
        found = {entry.type for _, entry in self._live() if entry.deny}
        return tuple(kind for kind in DENY_ORDER if kind in found)

    @property
    def present(self) -> frozenset[PolicyType]:
        return frozenset(self.record.levels) | self.record.layers.unseen

    def denies(self, kind: PolicyType) -> bool:
        return any(
            entry.deny and entry.type is kind and self._bound(place, entry) > Grant.NONE
            for place, entry in self._live()
        )

    def allows(self, kind: PolicyType) -> Grant:
        floor = without_policy(kind, self.record.layers.unseen, self.record.facts)
        depth = self.record.levels.get(kind)
        # RCPFullAWSAccess is attached at every level and cannot be detached: RCPs only deny (ORG-033).
        if depth is None or kind is PolicyType.RCP or (floor is Grant.DIRECT and kind is PolicyType.IDENTITY):
            return floor
        found = [Grant.NONE] * depth
        for place, entry in self._live():
            if entry.type is kind and not entry.deny:
                found[entry.level] = max(found[entry.level], self._bound(place, entry))
        return min(found)

    def _live(self) -> Iterator[tuple[int, Entry]]:
        return ((place, self.record.entries[place]) for place in self.record.live)

    def _bound(self, place: int, entry: Entry) -> Grant:
        favourable = self.favourable != (place == self.forced)
        return entry.bounds[1] if favourable != entry.deny else entry.bounds[0]
