"""Every statement's verdict on one request, and what the flow chart reads from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iamsim.engine.evaluation import DENY_ORDER, OUTSIDERS, Outcome, Situation, authorize
from iamsim.engine.principals import NOTHING, Bounds, Grant
from iamsim.engine.statements import CompiledStatement
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.request import Request
from iamsim.model.verdict import StatementVerdict

Levels = tuple[tuple[CompiledStatement, ...], ...]


@dataclass(frozen=True, slots=True)
class Entry:
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
    """The full answer to the flow chart's questions: one verdict per statement, already given."""

    layers: Layers
    facts: Situation
    levels: Mapping[PolicyType, int]
    entries: tuple[Entry, ...]

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
    entries = []
    action = request.action.lower()
    for kind, of_type in levels.items():
        for depth, level in enumerate(of_type):
            for statement in level:
                bounds = _bounds(statement, action, request, bounded=bounded)
                verdict = statement.verdict(request, bounded=bounded, level=depth)
                entries.append(Entry(kind, depth, statement.deny, bounds, verdict))
    return Record(layers, facts, {kind: len(of_type) for kind, of_type in levels.items()}, tuple(entries))


def without_policy(kind: PolicyType, layers: Layers, facts: Situation) -> Grant:
    """
    What a type of which no policy is loaded allows.

    Everything where it only limits, nothing where it grants. A type that was not seen is taken to
    allow where it has to, so that what is denied all the same is denied for sure; that an allowed
    request is not allowed for sure then is the caller's business.
    """
    if kind in (PolicyType.IDENTITY, PolicyType.RESOURCE):
        outsider = facts.kind in OUTSIDERS
        needed = kind is PolicyType.IDENTITY or facts.cross_account or facts.resource_must_allow or outsider
        return Grant.DIRECT if kind in layers.unseen and needed else Grant.NONE
    return Grant.DIRECT


@dataclass(frozen=True, slots=True)
class _Reading:
    """The protocol of `evaluation.Layers` over a record."""

    record: Record
    favourable: bool
    forced: int | None

    @property
    def denying(self) -> tuple[PolicyType, ...]:
        found = {e.type for e in self.record.entries if e.deny}
        return tuple(kind for kind in DENY_ORDER if kind in found)

    @property
    def present(self) -> frozenset[PolicyType]:
        return frozenset(self.record.levels) | self.record.layers.unseen

    def denies(self, kind: PolicyType) -> bool:
        return any(
            e.deny and e.type is kind and self._bound(i, e) > Grant.NONE for i, e in enumerate(self.record.entries)
        )

    def allows(self, kind: PolicyType) -> Grant:
        floor = without_policy(kind, self.record.layers, self.record.facts)
        depth = self.record.levels.get(kind)
        # RCPFullAWSAccess is attached at every level and cannot be detached: RCPs only deny (ORG-033).
        if depth is None or kind is PolicyType.RCP or (floor is Grant.DIRECT and kind is PolicyType.IDENTITY):
            return floor
        found = [Grant.NONE] * depth
        for i, entry in enumerate(self.record.entries):
            if entry.type is kind and not entry.deny:
                found[entry.level] = max(found[entry.level], self._bound(i, entry))
        return min(found)

    def _bound(self, index: int, entry: Entry) -> Grant:
        favourable = self.favourable != (index == self.forced)
        return entry.bounds[1] if favourable != entry.deny else entry.bounds[0]


def _bounds(statement: CompiledStatement, action: str, request: Request, *, bounded: bool | None) -> Bounds:
    named = statement.names(action)
    if named is False:
        return NOTHING
    low, high = statement.bounds(request, bounded=bounded)
    return (low, high) if named else (Grant.NONE, high)


def unseen_that_count(layers: Layers, facts: Situation) -> tuple[PolicyType, ...]:
    """The types that were not seen and could turn an allowed request into a denied one."""
    if facts.open_to_all or not layers.unseen:
        return ()
    skipped = {PolicyType.SCP: not facts.scps_apply, PolicyType.RCP: not facts.rcps_apply}
    return tuple(kind for kind in DENY_ORDER if kind in layers.unseen and not skipped.get(kind))
