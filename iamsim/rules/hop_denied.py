"""
A role further along the chain would refuse the session before it.

Role chaining takes with it what the session carries: with a source identity each hop also needs
sts:SetSourceIdentity, with transitive tags sts:TagSession, on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools, caller, needed, places, sentences


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission that a hop needs and does not have."""
    for hop in case.hops:
        for name in hop.probes:
            explanation = case.explanation(name)
            if status_of(explanation) is not Status.DENIED or not needed(case, name):
                continue
            request = explanation.request
            yield Observation(
                f"{request.action} on {request.resource}",
                f"{request.action} on {request.resource} is denied to {caller(explanation)}, the role before it in the chain",
                origins=places(explanation),
                evidence=sentences(explanation),
                probes=(name,),
                tools=assume_tools(case),
            )


RULE = Rule(
    check, Kind.GAP, Severity.CRITICAL, "assume", "IAM User Guide, Monitor and control actions taken with assumed roles"
)
