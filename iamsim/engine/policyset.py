"""A compiled set of policies: `decide` fast, `explain` fully, by the same tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from iamsim.engine.evaluation import DENY_ORDER, Outcome, Situation, decision
from iamsim.engine.principals import Grant
from iamsim.engine.reasons import decisive, matters, reason
from iamsim.engine.record import Levels, record, unseen_that_count, without_policy
from iamsim.engine.services import situation
from iamsim.engine.statements import CompiledStatement, compiled
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.request import Request
from iamsim.model.verdict import Decision, Explanation, Layer

_SLICES = 4096
"""How many slices a set remembers: one per action asked, so that hostile action names cannot fill memory."""

Named = tuple[tuple[CompiledStatement, bool], ...]
"""Statements that name an action, each with whether it does for sure."""


def compile(layers: Layers) -> PolicySet:  # noqa: A001 - what it does
    """The policies of one caller and one resource as a set; compiled statements are shared between sets."""
    return PolicySet(layers)


class PolicySet:
    """The policies that apply to one caller and one resource, ready to answer."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.levels: dict[PolicyType, Levels] = dict(_levels(layers))
        self.bounded = True if layers.boundary is not None else None if PolicyType.BOUNDARY in layers.unseen else False
        self._slices: dict[str, Part] = {}

    def decide(self, request: Request) -> Decision:
        """The decision alone, by the statements that name the action, stopping at the first answer."""
        part = self._slice(request.action.lower())
        facts = situation(request, self.layers)
        against = Slice(part, self, request, facts)
        worst = decision(against, facts)
        best = worst
        if against.undecided or facts.has_open_facts:
            best = decision(Slice(part, self, request, facts, favourable=True), facts)
        if worst is Decision.ALLOWED and self.layers.unseen and unseen_that_count(self.layers, facts):
            return Decision.UNKNOWN
        return best if best is worst else Decision.UNKNOWN

    def explain(self, request: Request) -> Explanation:
        """The decision with every statement's verdict, the layers that stand in the way, and what is not known."""
        facts = situation(request, self.layers)
        full = record(self.layers, self.levels, facts, request, bounded=self.bounded)
        best, worst = full.outcome(favourable=True), full.outcome(favourable=False)
        unseen = unseen_that_count(self.layers, facts) if best.decision is Decision.ALLOWED else ()
        missing = matters(full, best, worst) if best.decision is not worst.decision else ()
        if worst.decision is Decision.ALLOWED and unseen:
            layers = tuple(Layer(kind.value) for kind in unseen)
            worst = Outcome(Decision.IMPLICIT_DENY, layers[0], layers)
        possible = tuple(dict.fromkeys((best.decision, worst.decision)))
        decision = possible[0] if len(possible) == 1 else Decision.UNKNOWN
        return Explanation(
            request,
            decision,
            possible,
            worst.layer,
            reason(decision, possible, worst, facts, unseen, missing),
            worst.failing,
            decisive(decision, worst, full.entries),
            tuple(entry.verdict for entry in full.entries),
            missing,
            unseen,
        )

    def _slice(self, action: str) -> Part:
        """
        What of the set names the action, remembered.

        Law: deciding with the slice is deciding with everything, since a statement that does not
        name the action never applies. A statement whose action element is open stays in.
        """
        found = self._slices.get(action)
        if found is None:
            if len(self._slices) >= _SLICES:
                self._slices.clear()
            found = self._slices[action] = _part(self, action)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """The Deny and the Allow statements of a set that name one action, by type and level."""

    deny: Mapping[PolicyType, Named]
    allow: Mapping[PolicyType, tuple[Named, ...]]
    denying: tuple[PolicyType, ...]
    present: frozenset[PolicyType]


class Slice:
    """The protocol of `evaluation.Layers` over the statements that name one action, stopping at the first answer."""

    __slots__ = ("_facts", "_part", "_request", "_set", "denying", "favourable", "present", "undecided")

    def __init__(
        self,
        part: Part,
        policies: PolicySet,
        request: Request,
        facts: Situation,
        favourable: bool = False,  # noqa: FBT001, FBT002 - built in one place
    ) -> None:
        self._part = part
        self._set = policies
        self._request = request
        self._facts = facts
        self.denying = part.denying
        self.present = part.present
        self.favourable = favourable
        self.undecided = False

    def denies(self, kind: PolicyType) -> bool:
        """Whether a Deny statement of this type applies, under the reading."""
        return any(self._bound(pair) > Grant.NONE for pair in self._part.deny.get(kind, ()))

    def allows(self, kind: PolicyType) -> Grant:
        """The most direct Allow of this type, under the reading; of several levels the weakest counts."""
        levels = self._part.allow.get(kind)
        if levels is None or kind in self._set.layers.unseen:
            floor = without_policy(kind, self._set.layers, self._facts)
            if levels is None or (floor is Grant.DIRECT and kind is PolicyType.IDENTITY):
                return floor
        return min(map(self._most, levels)) if len(levels) > 1 else self._most(levels[0])

    def _most(self, level: Named) -> Grant:
        most = Grant.NONE
        for pair in level:
            found = self._bound(pair)
            if found is Grant.DIRECT:
                return found
            most = max(most, found)
        return most

    def _bound(self, pair: tuple[CompiledStatement, bool]) -> Grant:
        statement, sure = pair
        low, high = statement.bounds(self._request, bounded=self._set.bounded)
        if not sure:
            low = Grant.NONE
        if low is not high:
            self.undecided = True
        return high if self.favourable != statement.deny else low


def _levels(layers: Layers) -> Iterator[tuple[PolicyType, Levels]]:
    """The statements of each type, level by level; a type without a policy is left out."""

    def gathered(policies: Iterable[Policy], kind: PolicyType) -> tuple[CompiledStatement, ...]:
        return tuple(statement for policy in policies for statement in compiled(policy, kind))

    yield PolicyType.IDENTITY, (gathered(layers.identity, PolicyType.IDENTITY),)
    for kind, policy in (
        (PolicyType.RESOURCE, layers.resource),
        (PolicyType.BOUNDARY, layers.boundary),
        (PolicyType.VPC_ENDPOINT, layers.vpc_endpoint),
    ):
        if policy is not None:
            yield kind, (gathered((policy,), kind),)
    if layers.session is not None:
        yield PolicyType.SESSION, (gathered(layers.session, PolicyType.SESSION),)
    for kind, levels in ((PolicyType.SCP, layers.scps), (PolicyType.RCP, layers.rcps)):
        if levels:
            yield kind, tuple(gathered(level, kind) for level in levels)


def _part(policies: PolicySet, action: str) -> Part:
    deny: dict[PolicyType, Named] = {}
    allow: dict[PolicyType, tuple[Named, ...]] = {}
    for kind, levels in policies.levels.items():
        named = [tuple(_naming(level, action)) for level in levels]
        denying = tuple(pair for level in named for pair in level if pair[0].deny)
        if denying:
            deny[kind] = denying
        # RCPFullAWSAccess is attached at every level and cannot be detached: RCPs only deny (ORG-033).
        if kind is not PolicyType.RCP:
            allow[kind] = tuple(tuple(pair for pair in level if not pair[0].deny) for level in named)
    order = tuple(kind for kind in DENY_ORDER if kind in deny)
    return Part(deny, allow, order, frozenset(policies.levels) | policies.layers.unseen)


def _naming(level: Iterable[CompiledStatement], action: str) -> Iterator[tuple[CompiledStatement, bool]]:
    for statement in level:
        named = statement.names(action)
        if named is not False:
            yield statement, named is True
