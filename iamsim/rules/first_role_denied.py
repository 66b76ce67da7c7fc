"""
What runs the server cannot hand it its own role, because the role does not trust it.

The process then starts without credentials, or not at all, whatever the role's policies allow.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import places, sentences
from iamsim.sts.first_role import COMPUTES


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission that the service or provider needs and does not have."""
    step = case.identity
    if step is None or step.status is not Status.DENIED:
        return
    for name in step.probes:
        explanation = case.explanation(name)
        if status_of(explanation) is not Status.DENIED:
            continue
        request = explanation.request
        yield Observation(
            request.action,
            f"{COMPUTES[case.setup.runs_on].title} cannot hand out {request.resource}: {request.action} is denied to {step.principal}",
            origins=places(explanation),
            evidence=sentences(explanation),
            probes=(name,),
            tools=tuple(tool.name for tool in case.tools),
        )


RULE = Rule(
    check,
    Kind.GAP,
    Severity.CRITICAL,
    "assume",
    "IAM User Guide, Create a role to delegate permissions to an AWS service",
)
