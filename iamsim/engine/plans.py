"""The order of questions in which the policy evaluation logic decides, worked out once for each shape of a policy set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from iamsim.engine.evaluation import DENY_ORDER, Layers, Obstacle, Situation, decision, first
from iamsim.engine.principals import Grant
from iamsim.engine.unseen import unseen_that_count, without_policy
from iamsim.model.policy import PolicyType
from iamsim.model.verdict import Decision

QUESTIONS = tuple((kind, deny) for deny in (True, False) for kind in DENY_ORDER)
"""
What the flow chart can ask of the policies: whether a Deny of a type applies, how directly its Allows grant.

A question is known by its place here.
"""

PLACE = {question: place for place, question in enumerate(QUESTIONS)}
_PLANS = 256
"""How many situations a shape remembers a plan for; there are few, unless somebody makes them up."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """
    What of a policy set tells in which order it has to be asked about one action; the same object for the same facts.

    `settled` are the answers that no request changes, by place, None for the others: no statement of
    the type names the action, or one allows everything; as plain numbers, whose hash is quick.
    `types` are the types that have a policy, `unseen` those of `model.Layers`.
    """

    settled: tuple[int | None, ...]
    types: tuple[str, ...]
    unseen: frozenset[PolicyType]
    plans: dict[Situation, Plan] = field(default_factory=dict)

    @property
    def granting(self) -> frozenset[PolicyType]:
        """
        The types with a policy whose Allows count.

        RCPFullAWSAccess is attached at every level and cannot be detached: RCPs only deny (ORG-033).
        """
        return frozenset(map(PolicyType, self.types)) - {PolicyType.RCP}

    @property
    def present(self) -> frozenset[PolicyType]:
        """The types with a policy, seen or not."""
        return frozenset(map(PolicyType, self.types)) | self.unseen

    @property
    def denying(self) -> tuple[PolicyType, ...]:
        """The types with a Deny that names the action, in `DENY_ORDER`."""
        return tuple(kind for kind in DENY_ORDER if self.settled[PLACE[kind, True]] != Grant.NONE)

    def plan(self, facts: Situation) -> Plan:
        """The plan for one situation, remembered in `plans`."""
        if len(self.plans) >= _PLANS:
            self.plans.clear()
        found = self.plans[facts] = Plan(self, facts)
        return found


shape = lru_cache(maxsize=4096)(Shape)
"""The shape with these facts."""


def floor(kind: PolicyType, shape: Shape, facts: Situation) -> Grant | None:
    """What the Allows of a type come to whatever its statements say; None where its statements count."""
    granting = kind in shape.granting
    if granting and kind not in shape.unseen:
        return None
    granted = without_policy(kind, shape.unseen, facts)
    return granted if not granting or (granted is Grant.DIRECT and kind is PolicyType.IDENTITY) else None


Leaf = TypeVar("Leaf", Decision, Obstacle)


class Node(Generic[Leaf]):
    """One question of a tree, by its place; `then` holds what follows each answer, None where nobody came yet."""

    __slots__ = ("deny", "known", "place", "then")

    def __init__(self, place: int, known: Mapping[int, Grant]) -> None:
        self.place = place
        self.deny = QUESTIONS[place][1]
        self.known = known
        self.then: list[Node[Leaf] | Leaf | None] = [None] * len(Grant)


class Tree(Generic[Leaf]):
    """
    The questions of the flow chart under one reading of what is not known, ending in what it answers.

    `favourable`: unknowns are read in favour of access; else against it.

    A tree is grown by running the flow chart on the answers that a request gave so far, until it
    asks the next question. So each request is asked just what the flow chart would ask, without
    running it again, and `evaluation.obstacles` stays the only copy of it.
    """

    __slots__ = ("_ask", "_facts", "_shape", "favourable", "root")

    def __init__(
        self, ask: Callable[[Layers, Situation], Leaf], shape: Shape, facts: Situation, *, favourable: bool
    ) -> None:
        self._ask: Callable[[Layers, Situation], Leaf] = ask
        self._shape = shape
        self._facts = facts
        self.favourable = favourable
        self.root: Node[Leaf] | Leaf = self._next({})

    def grown(self, node: Node[Leaf], answer: Grant) -> Node[Leaf] | Leaf:
        """What follows `answer`, worked out now and remembered."""
        found = self._next({**node.known, node.place: answer})
        node.then[answer] = found
        return found

    def _next(self, known: Mapping[int, Grant]) -> Node[Leaf] | Leaf:
        try:
            leaf: Leaf = self._ask(_Replay(self._shape, self._facts, known, self.favourable), self._facts)
        except _UnansweredError as question:
            return Node(question.place, known)
        return leaf


class Plan:
    """
    The flow chart for one shape and one situation.

    `against` decides with unknowns read against access, `favourable` with unknowns read in favour of
    it, `telling` as `against` and with the layer that decides. `open` tells whether something that
    AWS does not say could turn the decision, `allowed` what an allowed request is, given the policy
    types that were not seen.
    """

    __slots__ = ("against", "allowed", "favourable", "open", "telling")

    def __init__(self, shape: Shape, facts: Situation) -> None:
        self.open = facts.is_open(shape.present)
        self.allowed = Decision.UNKNOWN if unseen_that_count(shape.unseen, facts) else Decision.ALLOWED
        self.against = Tree(decision, shape, facts, favourable=False)
        self.favourable = Tree(decision, shape, facts, favourable=True)
        self.telling = Tree(first, shape, facts, favourable=False)


class _UnansweredError(Exception):
    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Replay:
    """The protocol of `evaluation.Layers` over the answers given so far."""

    shape: Shape
    facts: Situation
    known: Mapping[int, Grant]
    favourable: bool

    @property
    def denying(self) -> tuple[PolicyType, ...]:
        return self.shape.denying

    @property
    def present(self) -> frozenset[PolicyType]:
        return self.shape.present

    def denies(self, kind: PolicyType) -> bool:
        return self._answer(PLACE[kind, True]) > Grant.NONE

    def allows(self, kind: PolicyType) -> Grant:
        granted = floor(kind, self.shape, self.facts)
        return self._answer(PLACE[kind, False]) if granted is None else granted

    def _answer(self, place: int) -> Grant:
        settled = self.shape.settled[place]
        answer = self.known.get(place) if settled is None else Grant(settled)
        if answer is None:
            raise _UnansweredError(place)
        return answer
