"""
A tool needs a permission that the credential it uses does not have.

Needs of the server's own credentials and of the role's count alike. What a tool needs only to
degrade gracefully is another rule's note.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Confidence, Kind, Severity
from iamsim.model.report import Need, Status, ToolResult
from iamsim.model.tool import Credential
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import alternatives, grouped, places, sentences


def check(case: Case) -> Iterator[Observation]:
    """One observation per caller and action that is refused for one reason, with every tool that needs it."""
    for group in grouped(case, _refused(case)):
        explanations = [case.explanation(name) for name in group.probes]
        resources = group.resources(case)
        signed = "unsigned" if group.credential is Credential.UNSIGNED else f"with the {group.credential}'s credentials"
        evidence = [f"{', '.join(group.why)} for {', '.join(group.tools)}, {signed}"]
        evidence += [f"on {resource}" for resource in resources] if len(resources) > 1 else []
        evidence += dict.fromkeys(line for explanation in explanations for line in sentences(explanation))
        evidence += ["this stands in the way once the role can be assumed"] if group.hypothetical else []
        ways = dict.fromkeys(alternatives(tool, need) for tool, need in group.needs)
        evidence += [f"would do as well: {way}" for way in ways if way]
        likely = [tool.name for tool, need in group.needs if need.requirement.confidence is not Confidence.CERTAIN]
        evidence += [_likely(likely)] if likely else []
        yield Observation(
            group.subject,
            f"{group.action} on {group.where(case)} is denied to {group.who}",
            origins=tuple(dict.fromkeys(origin for explanation in explanations for origin in places(explanation))),
            evidence=tuple(evidence),
            probes=tuple(group.probes),
            tools=tuple(group.tools),
            confidence=Confidence.LIKELY if len(likely) == len(group.needs) else None,
        )


def _likely(tools: list[str]) -> str:
    names = tuple(dict.fromkeys(tools))
    return f"by the manifest it is likely, and not certain, that {', '.join(names)} {'asks' if len(names) == 1 else 'ask'} for it"


def _refused(case: Case) -> Iterator[tuple[ToolResult, Need, Credential, str]]:
    """
    The refused requests of needs that are gaps: of the first credential, which is the one to give the permission to.

    One that is not there at all has asked for nothing; that is another rule's gap.
    """
    for tool in case.tools:
        for need in tool.own_needs:
            if need.gap and need.status is Status.DENIED:
                attempt = need.attempts[0]
                for name in attempt.probes:
                    if status_of(case.explanation(name)) is Status.DENIED:
                        yield tool, need, attempt.credential, name


RULE = Rule(check, Kind.GAP, Severity.HIGH, "tools", "Service Authorization Reference")
