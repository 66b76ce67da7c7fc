"""What is answered to a line, each statement named by the place that its policy has in the line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsim import redact
from iamsim.engine.policyset import Judgement
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.verdict import Explanation, StatementVerdict

_PLACES = {
    PolicyType.SCP: "scps",
    PolicyType.RCP: "rcps",
    PolicyType.VPC_ENDPOINT: "vpc_endpoint",
}
_BY_LEVEL = (PolicyType.SCP, PolicyType.RCP)


def positions(layers: Layers) -> Iterator[tuple[str, Policy]]:
    """Every policy with the place it has in the line, such as `identity[0]` and `scps[1][0]`."""
    for i, policy in enumerate(layers.identity):
        yield f"identity[{i}]", policy
    for i, policy in enumerate(layers.session or ()):
        yield f"session[{i}]", policy
    for name, one in (
        ("resource", layers.resource),
        ("boundary", layers.boundary),
        ("vpc_endpoint", layers.vpc_endpoint),
    ):
        if one is not None:
            yield name, one
    for name, levels in (("scps", layers.scps), ("rcps", layers.rcps)):
        for depth, level in enumerate(levels):
            for i, policy in enumerate(level):
                yield f"{name}[{depth}][{i}]", policy


class Places:
    """The places of a line's policies."""

    __slots__ = ("_layers", "_names")

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._names: dict[tuple[str, int], str] | None = None

    def policy(self, type: PolicyType, level: int, policy: Policy) -> str:
        """The place of a policy; of one that stands in two places of a type and level, the first."""
        if self._names is None:
            self._names = {}
            for name, found in positions(self._layers):
                self._names.setdefault((name.rpartition("[")[0] or name, id(found)), name)
        return self._names[_where(type, level), id(policy)]

    def statement(self, verdict: StatementVerdict) -> str:
        """The place of the policy that holds a statement."""
        where = _where(verdict.type, verdict.level)
        for name, policy in positions(self._layers):
            if (name.rpartition("[")[0] or name) == where and any(s is verdict.statement for s in policy.statements):
                return name
        return where


def judged(name: str, judgement: Judgement, places: Places) -> dict[str, Any]:
    """The answer to a line whose decision nothing unknown turns."""
    decision = judgement.decision
    return {
        "id": name,
        "decision": decision,
        "reason": {
            "layer": judgement.layer,
            "statements": [
                {
                    "policy": places.policy(found.type, level, found.policy),
                    "sid": found.statement.sid,
                    "index": found.statement.index,
                }
                for found, level in judgement.statements
            ],
        },
        "possible": [decision],
        "missing_context": [],
        "caveats": [],
    }


def told(name: str, explanation: Explanation, places: Places, *, explain: bool) -> dict[str, Any]:
    """The answer to a line with everything behind it; `explain` adds every statement's verdict."""
    answer: dict[str, Any] = {
        "id": name,
        "decision": str(explanation.decision),
        "reason": {
            "layer": None if explanation.layer is None else str(explanation.layer),
            "statements": [
                _named(verdict, places) for verdict in explanation.decisive if _decides(verdict, explanation)
            ],
        },
        "possible": [str(decision) for decision in explanation.possible],
        "missing_context": list(explanation.missing_context),
        "caveats": list(explanation.caveats),
    }
    if explain:
        answer["statements"] = [_told(verdict, places) for verdict in explanation.statements]
    return answer


def _where(type: PolicyType, level: int) -> str:
    place = _PLACES.get(type, type.value)
    return f"{place}[{level}]" if type in _BY_LEVEL else place


def _named(verdict: StatementVerdict, places: Places) -> dict[str, Any]:
    """A statement by the place of its policy in the line."""
    return {"policy": places.statement(verdict), "sid": verdict.statement.sid, "index": verdict.statement.index}


def _decides(verdict: StatementVerdict, explanation: Explanation) -> bool:
    """A statement that matched, or that is open in an unknown; one that only came close decided nothing."""
    return verdict.matched is not False and (verdict.matched is True or len(explanation.possible) > 1)


def _told(verdict: StatementVerdict, places: Places) -> dict[str, Any]:
    elements = [
        {"element": e.element, "matched": e.matched, "detail": redact.line(e.detail), "missing": list(e.missing)}
        for e in verdict.elements
    ]
    return {**_named(verdict, places), "matched": verdict.matched, "elements": elements}
