"""Whether a role further along the chain lets the session before it in depends on something that the inputs do not tell."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools, caller, needed, places, sentences, stays_open


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission of a hop that stays open, or that is denied and perhaps not needed."""
    for hop in case.hops:
        for name in hop.probes:
            explanation = case.explanation(name)
            request, status = explanation.request, status_of(explanation)
            if status is Status.UNKNOWN:
                message = f"whether {request.action} on {request.resource} is allowed to {caller(explanation)} is not known: {explanation.reason}"
                evidence = stays_open(explanation)
            elif status is Status.DENIED and not needed(case, name):
                message = f"{request.action} on {request.resource} is denied to {caller(explanation)}; whether the chain needs it is not known"
                evidence = ("it is needed when the session carries transitive tags or a source identity",)
            else:
                continue
            yield Observation(
                f"{request.action} on {request.resource}",
                message,
                origins=places(explanation),
                evidence=(*evidence, *sentences(explanation)),
                probes=(name,),
                tools=assume_tools(case),
            )


RULE = Rule(check, Kind.UNKNOWN, Severity.HIGH, "assume", "IAM User Guide, Pass session tags in AWS STS")
