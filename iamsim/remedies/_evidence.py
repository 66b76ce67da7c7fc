"""What stands in the way of a request, as the proposers ask it."""

from __future__ import annotations

from iamsim.model.policy import Condition, PolicyType
from iamsim.model.verdict import Explanation, StatementVerdict


def unmet(explanation: Explanation) -> tuple[Condition, ...]:
    """The conditions of resource-policy statements that alone keep them from matching."""
    found = [c for verdict in explanation.decisive if verdict.type is PolicyType.RESOURCE for c in _unmet(verdict)]
    return tuple(dict.fromkeys(found))


def _unmet(verdict: StatementVerdict) -> list[Condition]:
    failures = {element.element for element in verdict.elements if element.matched is not True}
    if not failures or not all(name.startswith("Condition ") for name in failures):
        return []
    return [c for c in verdict.statement.conditions if f"Condition {c.operator} {c.key}" in failures]
