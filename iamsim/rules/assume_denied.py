"""
AWS would refuse the server's AssumeRole call, exactly as the server builds it.

sts:SetSourceIdentity and sts:TagSession are permissions of their own, asked of the trust policy and
of the caller beside sts:AssumeRole; a call by hand that sends neither proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.model.verdict import StatementVerdict
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools, caller, needed, places, sentences
from iamsim.sts.assume_role import ASSUME_ROLE


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission that the call needs and does not have."""
    for name in case.assume.probes:
        explanation = case.explanation(name)
        if status_of(explanation) is not Status.DENIED or not needed(case, name):
            continue
        request = explanation.request
        near = () if explanation.decisive else _near(case, request.action)
        yield Observation(
            request.action,
            f"{request.action} on {request.resource} is denied to {caller(explanation)}",
            origins=places(explanation) or tuple(verdict.statement.action.origin for verdict in near),
            evidence=(
                *sentences(explanation, case.setup.built),
                *(f"{v.policy}, {v.statement.label}: allows {ASSUME_ROLE}, and not {request.action}" for v in near),
            ),
            probes=(name,),
            tools=assume_tools(case),
        )


def _near(case: Case, action: str) -> tuple[StatementVerdict, ...]:
    """The statements that let sts:AssumeRole through, where none names the permission beside it."""
    asked = [case.explanation(name) for name in case.assume.probes]
    found = (e.decisive for e in asked if e.request.action == ASSUME_ROLE != action and e.allowed)
    return next(found, ())


RULE = Rule(
    check, Kind.GAP, Severity.CRITICAL, "assume", "IAM User Guide, Monitor and control actions taken with assumed roles"
)
