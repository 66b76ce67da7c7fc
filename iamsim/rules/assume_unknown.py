"""Whether AWS would let the server assume the role depends on something that the inputs do not tell."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools, caller, needed, places, sentences, stays_open


def check(case: Case) -> Iterator[Observation]:
    """One observation per permission of the call that stays open, or that is denied and perhaps not needed."""
    for name in case.assume.probes:
        explanation = case.explanation(name)
        action, status = explanation.request.action, status_of(explanation)
        if status is Status.UNKNOWN:
            message = f"whether {action} is allowed to {caller(explanation)} is not known: {explanation.reason}"
            evidence = stays_open(explanation)
        elif status is Status.DENIED and not needed(case, name):
            message = f"{action} is denied to {caller(explanation)}; whether the call needs it is not known"
            evidence = (_tags(case),)
        else:
            continue
        yield Observation(
            action,
            message,
            origins=places(explanation),
            evidence=(*evidence, *sentences(explanation, case.setup.built)),
            probes=(name,),
            tools=assume_tools(case),
        )


def _tags(case: Case) -> str:
    template = case.setup.server.assume
    claim = template.tag_claims[0] if template is not None and template.tag_claims else "session_tags"
    return (
        f"it is needed when the token carries session tags (--claim {claim}={{}} when it carries none, or --token-file)"
    )


RULE = Rule(check, Kind.UNKNOWN, Severity.HIGH, "assume", "IAM User Guide, Policy evaluation logic")
