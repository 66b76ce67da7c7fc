"""What stands in the way of a request, as the proposers ask it."""

from __future__ import annotations

from iamsim.model.policy import Condition, PolicyType, Statement
from iamsim.model.verdict import Decision, Explanation, Layer, StatementVerdict

OURS = frozenset({Layer.IDENTITY, Layer.BOUNDARY, Layer.RESOURCE})
"""The layers to which an edit can add the Allow that they lack."""

Unmet = tuple[Statement, Condition]
"""A statement, and a condition of it that does not hold."""


def lacks_allow(explanation: Explanation) -> bool:
    """Whether an Allow more, in layers that can be edited, is all that the request needs."""
    return explanation.decision is Decision.IMPLICIT_DENY and set(explanation.failing) <= OURS


def unmet(explanation: Explanation) -> tuple[Unmet, ...]:
    """The conditions that alone keep statements of the resource's policy from allowing a request that is refused for that."""
    if explanation.decision is not Decision.IMPLICIT_DENY or Layer.RESOURCE not in explanation.failing:
        return ()
    return tuple(
        (verdict.statement, condition)
        for verdict in explanation.decisive
        if verdict.type is PolicyType.RESOURCE
        for condition in _unmet(verdict)
    )


def _unmet(verdict: StatementVerdict) -> list[Condition]:
    failures = {element.element for element in verdict.elements if element.matched is not True}
    if not failures or not all(name.startswith("Condition ") for name in failures):
        return []
    return [c for c in verdict.statement.conditions if f"Condition {c.operator} {c.key}" in failures]
