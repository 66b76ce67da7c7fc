"""How one principal stands to one action on one resource: the decision, and on which terms where that is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from iamsim.diff import plain
from iamsim.diff.model import STANDINGS, Standing, Trend
from iamsim.engine.simulator import Simulator
from iamsim.graph import words
from iamsim.model.policy import Condition, Effect, PolicyType
from iamsim.model.principal import Principal
from iamsim.model.verdict import Decision, Explanation, StatementVerdict

_SHOWN = 3
_MOST_WAYS = 64
"""Ways to meet the conditions of one statement that are written out; a statement with more stands as it is."""

Way = frozenset[plain.Said]
"""Conditions that have to hold together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    A decision as two sides are compared by it.

    `depends` names keys and parameters that would tell, `unseen` policy types. `terms` are the statements that may apply,
    each as (type, level, effect, what of it is open).
    """

    standing: Standing
    depends: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    terms: frozenset[tuple[object, ...]] = frozenset()

    @classmethod
    def nobody(cls) -> Outcome:
        """The outcome for a principal that is not there."""
        return cls(Standing.DENIED)

    def alike(self, other: Outcome) -> bool:
        """Whether the two are the same to a reader."""
        return (self.standing, self.terms, self.unseen) == (other.standing, other.terms, other.unseen)


def outcome(simulator: Simulator, caller: Principal, action: str, resource: str) -> Outcome:
    """What the engine decides; explained only where it is open."""
    request = simulator.request(caller, action, resource)
    decision = simulator.decide(request)
    if decision is Decision.ALLOWED:
        return Outcome(Standing.ALLOWED)
    if decision is not Decision.UNKNOWN:
        return Outcome(Standing.DENIED)
    explanation = simulator.explain(request)
    if explanation.denied:
        return Outcome(Standing.DENIED)
    unseen = tuple(sorted(each.value for each in explanation.unseen))
    terms = _absorbed(explanation.statements)
    layer = explanation.layer.value if explanation.layer is not None else ""
    seen = bool(unseen) and not explanation.missing_context and not terms and layer in unseen
    return Outcome(Standing.SEEN if seen else Standing.UNKNOWN, explanation.missing_context, unseen, terms)


def trend(before: Outcome, after: Outcome) -> Trend:
    """Which way it went between two outcomes that are not alike."""
    old, new = STANDINGS.index(before.standing), STANDINGS.index(after.standing)
    pair = {before.standing, after.standing}
    if pair == {Standing.SEEN, Standing.ALLOWED} or (old == new and before.terms == after.terms):
        return Trend.TOLD_MORE if new > old or len(after.unseen) < len(before.unseen) else Trend.TOLD_LESS
    if old == new:
        return Trend.OTHER_TERMS
    if new > old:
        return Trend.GAINS if after.standing is Standing.ALLOWED else Trend.MAY_GAIN
    # Whoever had something for sure, or as far as it was seen, and is denied now has lost it.
    sure = after.standing is Standing.DENIED and before.standing is not Standing.UNKNOWN
    return Trend.LOSES if sure else Trend.MAY_LOSE


def in_words(explanation: Explanation) -> tuple[str, ...]:
    """The statements that may apply, each with what it asks for; sorted."""
    found = set()
    for verdict in _undecided(explanation.statements):
        asked = [*(f"its {told} matches" for told in _elements(verdict)), *map(words.condition, _conditions(verdict))]
        when = " and ".join(asked) or "it applies"
        kind = "" if verdict.type is PolicyType.IDENTITY else f" ({verdict.type})"
        verb = "allowed" if verdict.statement.effect is Effect.ALLOW else "denied"
        found.add(f"{verb} if {when}{kind}")
    return tuple(sorted(found))


# ---------------------------------------------------------------- helpers

# One Allow of these is as good as another; of a resource policy one can grant more directly than another.
_ALIKE = (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SCP, PolicyType.SESSION)


def _undecided(verdicts: tuple[StatementVerdict, ...]) -> Iterable[StatementVerdict]:
    """The statements that may apply, without an Allow beside one of its place that applies for sure."""
    sure = {
        (v.type, v.level) for v in verdicts if v.matched and v.statement.effect is Effect.ALLOW and v.type in _ALIKE
    }
    for verdict in verdicts:
        allow = verdict.statement.effect is Effect.ALLOW
        if verdict.matched is None and not (allow and (verdict.type, verdict.level) in sure):
            yield verdict


def _absorbed(verdicts: tuple[StatementVerdict, ...]) -> frozenset[tuple[object, ...]]:
    """
    The statements that may apply, in a form in which the same terms are written alike.

    Several values of a condition are as many statements, and one that asks for more than another of its place adds nothing.
    """
    places: dict[tuple[object, ...], set[Way]] = {}
    for verdict in _undecided(verdicts):
        rest = tuple(_open(verdict))
        place: tuple[object, ...] = (verdict.type, verdict.level, verdict.statement.effect, rest)
        places.setdefault(place, set()).update(_ways(_conditions(verdict)))
    found: set[tuple[object, ...]] = set()
    for place, ways in places.items():
        found.update((*place, way) for way in ways if not any(other < way for other in ways))
    return frozenset(found)


def _conditions(verdict: StatementVerdict) -> tuple[Condition, ...]:
    """The conditions of a statement of which it is open whether they hold; what an element's verdicts end with are those of conditions, in order."""
    conditions = verdict.statement.conditions
    judged = verdict.elements[len(verdict.elements) - len(conditions) :]
    return tuple(each for each, found in zip(conditions, judged, strict=True) if found.matched is None)


def _elements(verdict: StatementVerdict) -> Iterable[str]:
    """The elements beside its conditions that are open, with what they list."""
    conditions = len(verdict.statement.conditions)
    for each in verdict.elements[: len(verdict.elements) - conditions]:
        if each.matched is None:
            written = {"Action": verdict.statement.action, "Resource": verdict.statement.resource}
            element = written.get(each.element.removeprefix("Not"))
            values = [f"`{value}`" for value in (element.values if element is not None else ())]
            more = f" or {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
            yield " ".join(filter(None, (each.element, " or ".join(values[:_SHOWN]) + more)))


def _open(verdict: StatementVerdict) -> Iterable[object]:
    """What beside its conditions is open of a statement: its Resource, its Principal, its Action."""
    for element, written in (
        ("Action", verdict.statement.action),
        ("Resource", verdict.statement.resource),
        ("Principal", verdict.statement.principal),
    ):
        for each in verdict.elements:
            if each.matched is None and each.element.removeprefix("Not") == element and written is not None:
                yield element, plain.plain(written)


def _ways(conditions: Iterable[Condition]) -> Iterable[Way]:
    """The ways to meet the conditions, one value of each; all in one where they cannot be told apart so."""
    choices: list[list[plain.Said]] = []
    count = 1
    written = tuple(conditions)
    for each in written:
        split = _is_any_of(each)
        values = [replace(each, values=(value,)) for value in each.values] if split else [each]
        choices.append([plain.condition(value) for value in values])
        count *= len(values)
    if count > _MOST_WAYS:
        return [frozenset(map(plain.condition, written))]
    return [frozenset(way) for way in product(*choices)]


def _is_any_of(found: Condition) -> bool:
    """Whether the condition holds where it holds with one of its values alone."""
    prefix, base, _ = words.operator(found)
    return prefix != "forallvalues" and "not" not in base and base != "null" and len(found.values) > 1
