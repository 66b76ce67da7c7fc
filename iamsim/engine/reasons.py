"""Which statements decided, which unknowns matter, and the reason in words."""

from __future__ import annotations

from collections.abc import Iterable

from iamsim.engine.evaluation import Outcome, Situation
from iamsim.engine.principals import Grant
from iamsim.engine.record import Entry, Record
from iamsim.model.policy import PolicyType, Statement
from iamsim.model.principal import HOLE
from iamsim.model.verdict import Decision, Layer, StatementVerdict

WORDS = {
    Layer.IDENTITY: "identity-based policy",
    Layer.RESOURCE: "resource-based policy",
    Layer.BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policy",
    Layer.SCP: "service control policy",
    Layer.RCP: "resource control policy",
    Layer.VPC_ENDPOINT: "VPC endpoint policy",
    Layer.SERVICE: "service",
}
"""The layers in the words of AWS's access-denied messages."""

_CLOSEST = 5


def decisive(decision: Decision, outcome: Outcome, entries: tuple[Entry, ...]) -> tuple[StatementVerdict, ...]:
    """
    The statements behind a decision.

    For an explicit denial the Deny statements that apply, for an allowed request the Allow
    statements that match, for an unknown the undecided ones; for an implicit denial the Allow
    statements of the failing layers that name the action and came closest.
    """
    match decision:
        case Decision.EXPLICIT_DENY:
            found = [e for e in entries if e.deny and e.bounds[0] > Grant.NONE]
        case Decision.ALLOWED:
            found = [e for e in entries if not e.deny and e.bounds[0] > Grant.NONE]
        case Decision.UNKNOWN if any(e.undecided for e in entries):
            found = [e for e in entries if e.undecided]
        case _:
            return _closest(outcome.failing, entries)
    return tuple(e.verdict for e in found)


def matters(record: Record, best: Outcome, worst: Outcome) -> tuple[str, ...]:
    """
    The keys and parameters on which an unknown decision depends, sorted.

    Those of a statement count when reading it alone the other way changes an extreme; where only
    several together do, all count.
    """
    undecided = [i for i, entry in enumerate(record.entries) if entry.undecided]
    counting = [
        i
        for i in undecided
        if record.outcome(favourable=True, forced=i).decision is not best.decision
        or record.outcome(favourable=False, forced=i).decision is not worst.decision
    ]
    keys = {key for i in counting or undecided for key in record.entries[i].verdict.missing}
    return tuple(sorted(keys))


def untold(verdicts: Iterable[StatementVerdict]) -> tuple[str, ...]:
    """The policies of undecided statements with pieces that the inputs do not tell, by name."""
    found = (verdict for verdict in verdicts if verdict.matched is None)
    return tuple(dict.fromkeys(verdict.policy for verdict in found if _has_holes(verdict.statement)))


def _has_holes(statement: Statement) -> bool:
    elements = (statement.action, statement.resource)
    texts = [value for element in elements if element is not None for value in element.values]
    if statement.principal is not None:
        named = statement.principal
        texts += [*named.aws, *named.service, *named.federated, *named.canonical]
    for condition in statement.conditions:
        texts += [condition.operator, condition.key, *condition.values]
    return any(HOLE in text for text in texts)


def reason(  # noqa: PLR0913, PLR0917 - the parts of one sentence
    decision: Decision,
    possible: tuple[Decision, ...],
    outcome: Outcome,
    facts: Situation,
    unseen: tuple[PolicyType, ...],
    missing: tuple[str, ...],
    untold: tuple[str, ...] = (),
) -> str:
    """The decision in one sentence; `untold` names the policies with pieces that the inputs do not tell."""
    match decision:
        case Decision.ALLOWED if facts.open_to_all:
            return "this call needs no permission"
        case Decision.ALLOWED if facts.cross_account:
            return "two accounts: the caller's policies and the resource-based policy both allow it"
        case Decision.ALLOWED:
            return f"the {WORDS[outcome.layer or Layer.IDENTITY]} allows it, and nothing denies it"
        case Decision.EXPLICIT_DENY:
            return f"explicit deny in the {_list(outcome.failing)}"
        case Decision.IMPLICIT_DENY if facts.refused:
            return facts.refused
        case Decision.IMPLICIT_DENY:
            return _missing_allow(outcome, facts)
        case _ if Decision.ALLOWED not in possible:
            return "denied either way; whether explicitly depends on " + (", ".join(missing) or "what is not known")
        case _:
            parts = []
            if missing:
                parts.append("it depends on " + ", ".join(missing))
            if unseen:
                parts.append("not seen: " + ", ".join(f"the {WORDS[Layer(kind.value)]}" for kind in unseen))
            if not parts and untold:
                parts.append("it depends on what is not told in " + ", ".join(untold))
            return "; ".join(parts) or "AWS's documentation does not say"


def _missing_allow(outcome: Outcome, facts: Situation) -> str:
    text = f"no {_list(outcome.failing, ' and no ')} allows it"
    if facts.cross_account:
        return f"two accounts, so both must allow: {text}"
    if facts.resource_must_allow and Layer.RESOURCE in outcome.failing:
        return f"the resource's own policy has to allow it: {text}"
    return text


def _list(layers: Iterable[Layer], between: str = " and the ") -> str:
    return between.join(WORDS[layer] for layer in layers)


def _closest(failing: tuple[Layer, ...], entries: tuple[Entry, ...]) -> tuple[StatementVerdict, ...]:
    """
    The Allow statements of the failing layers that name the action and came closest.

    A layer in which none names it is spoken for by the first that only lacks the action.
    """

    def failures(verdict: StatementVerdict) -> int:
        return sum(element.matched is not True for element in verdict.elements)

    found: list[StatementVerdict] = []
    for layer in failing:
        allows = [
            e.verdict for e in entries if not e.deny and e.type.value == layer.value and e.verdict.matched is not True
        ]
        named = [verdict for verdict in allows if verdict.elements[0].matched is not False]
        found += sorted(named, key=failures)[:_CLOSEST] or [v for v in allows if failures(v) == 1][:1]
    return tuple(found)
