"""Whether AWS would let the server assume the role depends on something that the inputs do not tell."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import RoleUse, Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import caller, places, sentences


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission of the call that stays open."""
    tools = tuple(tool.name for tool in case.tools if tool.role is not RoleUse.IGNORES)
    for name in case.assume.probes:
        explanation = case.explanation(name)
        if status_of(explanation) is Status.UNKNOWN:
            yield Observation(
                explanation.request.action,
                f"whether {explanation.request.action} is allowed to {caller(explanation)} is not known: {explanation.reason}",
                origins=places(explanation),
                evidence=sentences(explanation, case.setup.built),
                probes=(name,),
                tools=tools,
            )


RULE = Rule(check, Kind.UNKNOWN, Severity.HIGH, "assume", "IAM User Guide, Policy evaluation logic")
