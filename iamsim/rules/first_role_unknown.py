"""Whether what runs the server can hand it its own role depends on something that the inputs do not tell."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import places, sentences, stays_open
from iamsim.sts.first_role import COMPUTES


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission that stays open."""
    step = case.identity
    if step is None or step.status is not Status.UNKNOWN:
        return
    for name in step.probes:
        explanation = case.explanation(name)
        if status_of(explanation) is not Status.UNKNOWN:
            continue
        request = explanation.request
        yield Observation(
            request.action,
            f"whether {COMPUTES[case.setup.runs_on].title} can hand out {request.resource} is not known: {explanation.reason}",
            origins=places(explanation),
            evidence=(*stays_open(explanation), *sentences(explanation)),
            probes=(name,),
            tools=tuple(tool.name for tool in case.tools),
        )


RULE = Rule(
    check,
    Kind.UNKNOWN,
    Severity.MEDIUM,
    "assume",
    "IAM User Guide, Create a role to delegate permissions to an AWS service",
)
