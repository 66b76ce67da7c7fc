"""
AWS would refuse the server's AssumeRole call, exactly as the server builds it.

sts:SetSourceIdentity and sts:TagSession are permissions of their own, asked of the trust policy and
of the caller beside sts:AssumeRole; a call by hand that sends neither proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools, caller, claims_wanted, needed, places, sentences


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission that the call needs and does not have."""
    for name in case.assume.probes:
        explanation = case.explanation(name)
        if status_of(explanation) is not Status.DENIED or not needed(case, name):
            continue
        yield Observation(
            explanation.request.action,
            f"{explanation.request.action} on {explanation.request.resource} is denied to {caller(explanation)}",
            origins=places(explanation),
            evidence=claims_wanted(case, explanation) or sentences(explanation, case.setup.built),
            probes=(name,),
            tools=assume_tools(case),
        )


RULE = Rule(
    check, Kind.GAP, Severity.CRITICAL, "assume", "IAM User Guide, Monitor and control actions taken with assumed roles"
)
