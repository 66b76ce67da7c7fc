"""A compiled set of policies: `decide` fast, `explain` fully, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iamsim.engine.evaluation import Outcome
from iamsim.engine.groups import NOBODY, Group, Side, side
from iamsim.engine.plans import PLACE, QUESTIONS, Leaf, Node, Plan, Shape, Tree, shape
from iamsim.engine.reasons import decisive, matters, reason, untold
from iamsim.engine.record import Levels, record
from iamsim.engine.services import situation
from iamsim.engine.statements import CompiledStatement
from iamsim.engine.unseen import unseen_that_count
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.request import Request
from iamsim.model.verdict import Decision, Explanation, Layer

_ACTIONS = 4096
"""How many actions a set remembers: one per action asked, so that hostile action names cannot fill memory."""


def compile(layers: Layers) -> PolicySet:  # noqa: A001 - what it does
    """The policies of one caller and one resource as a set; what is compiled is shared between sets."""
    return PolicySet(layers)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    A decision that no unknown turns, with the layer that made it and the statements that did, each with its level.

    `statements` are the Deny statements that apply, or for an allowed request the Allow statements
    that match; empty for an implicit denial.
    """

    decision: Decision
    layer: Layer | None
    statements: tuple[tuple[CompiledStatement, int], ...]


class PolicySet:
    """The policies that apply to one caller and one resource, ready to answer."""

    __slots__ = ("_parts", "_types", "bounded", "layers", "sides")

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.sides = tuple(_sides(layers))
        self._types = tuple([each.name for each in self.sides])
        self.bounded = True if layers.boundary is not None else None if PolicyType.BOUNDARY in layers.unseen else False
        self._parts: dict[str, Part] = {}

    @property
    def remembered(self) -> int:
        """How many actions the set remembers; each takes about a kilobyte."""
        return len(self._parts)

    def decide(self, request: Request) -> Decision:
        """The decision alone, by the statements that action and resource lead to, stopping at the first answer."""
        part = self._parts.get(request.action) or self._part(request.action)
        facts = situation(request, self.layers)
        plan = part.shape.plans.get(facts) or part.shape.plan(facts)
        if HOLE in request.resource:
            return self._both(part, plan, request)
        tree = plan.against
        node = tree.root
        while isinstance(node, Node):
            answer = part.groups[node.place].answer(request, self.bounded)
            if answer is None:
                return self._both(part, plan, request)
            node = node.then[answer] or tree.grown(node, answer)
        if node is Decision.ALLOWED:
            return plan.allowed
        if not plan.open:
            return node
        best = self._ask(plan.favourable, part, request)
        return best if best is node else Decision.UNKNOWN

    def judge(self, request: Request) -> Judgement | None:
        """
        The decision with what made it, for much less than `explain`; None where it is unknown.

        Law: decision, layer and statements are those of `explain`.
        """
        part = self._parts.get(request.action) or self._part(request.action)
        facts = situation(request, self.layers)
        plan = part.shape.plans.get(facts) or part.shape.plan(facts)
        (decision, layer), sure = self._walk(plan.telling, part, request)
        if decision is Decision.ALLOWED:
            if plan.allowed is Decision.UNKNOWN:
                return None
        elif (plan.open or not sure) and self._ask(plan.favourable, part, request) is not decision:
            return None
        found: list[tuple[CompiledStatement, int]] = []
        if decision is not Decision.IMPLICIT_DENY:
            for each in self.sides:
                found += each.applying(request, self.bounded, deny=decision is Decision.EXPLICIT_DENY)
        return Judgement(decision, layer, tuple(found))

    def explain(self, request: Request) -> Explanation:
        """The decision with every statement's verdict, the layers that stand in the way, and what is not known."""
        facts = situation(request, self.layers)
        levels: dict[PolicyType, Levels] = {each.type: each.levels for each in self.sides}
        full = record(self.layers, levels, facts, request, bounded=self.bounded)
        best, worst = full.outcome(favourable=True), full.outcome(favourable=False)
        unseen = unseen_that_count(self.layers.unseen, facts) if best.decision is Decision.ALLOWED else ()
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
            reason(decision, possible, worst, facts, unseen, missing, untold(entry.verdict for entry in full.entries)),
            worst.failing,
            decisive(decision, worst, full.entries),
            tuple(entry.verdict for entry in full.entries),
            missing,
            unseen,
        )

    def _both(self, part: Part, plan: Plan, request: Request) -> Decision:
        """The decision of a request that leaves something open: what it is in either reading, if that is the same."""
        worst = self._ask(plan.against, part, request)
        if worst is Decision.ALLOWED:
            return plan.allowed
        best = self._ask(plan.favourable, part, request)
        return best if best is worst else Decision.UNKNOWN

    def _ask(self, tree: Tree[Leaf], part: Part, request: Request) -> Leaf:
        return self._walk(tree, part, request)[0]

    def _walk(self, tree: Tree[Leaf], part: Part, request: Request) -> tuple[Leaf, bool]:
        """What a tree ends in, whatever the request leaves open, and whether it left nothing open on the way."""
        sure = True
        whole = HOLE not in request.resource
        node = tree.root
        while isinstance(node, Node):
            group = part.groups[node.place]
            answer = group.answer(request, self.bounded) if whole else None
            if answer is None:
                sure = False
                low, high = group.bounds(request, self.bounded)
                answer = high if tree.favourable != node.deny else low
            node = node.then[answer] or tree.grown(node, answer)
        leaf: Leaf = node
        return leaf, sure

    def _part(self, action: str) -> Part:
        if len(self._parts) >= _ACTIONS:
            self._parts.clear()
        found = self._parts[action] = _part(self.sides, self._types, self.layers.unseen, action.lower())
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """What of a set names one action: its groups by their place among the questions, and its shape."""

    groups: tuple[Group, ...]
    shape: Shape


def _sides(layers: Layers) -> Iterator[Side]:
    """The policies of each type, level by level; a type without a policy is left out."""
    yield side(PolicyType.IDENTITY, (layers.identity,))
    for kind, policy in (
        (PolicyType.RESOURCE, layers.resource),
        (PolicyType.BOUNDARY, layers.boundary),
        (PolicyType.VPC_ENDPOINT, layers.vpc_endpoint),
    ):
        if policy is not None:
            yield side(kind, ((policy,),))
    if layers.session is not None:
        yield side(PolicyType.SESSION, (layers.session,))
    for kind, levels in ((PolicyType.SCP, layers.scps), (PolicyType.RCP, layers.rcps)):
        if levels:
            yield side(kind, levels)


_PLACES = {kind.value: (PLACE[kind, True], PLACE[kind, False]) for kind in PolicyType}


def _part(sides: tuple[Side, ...], types: tuple[str, ...], unseen: frozenset[PolicyType], action: str) -> Part:
    groups: list[Group] = [NOBODY] * len(QUESTIONS)
    for each, name in zip(sides, types, strict=True):
        about = each.about(action)
        deny, allow = _PLACES[name]
        groups[deny], groups[allow] = about.deny, about.allow
    return Part(tuple(groups), shape(tuple([group.settled for group in groups]), types, unseen))
