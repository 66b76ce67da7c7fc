"""
A tool needs a permission that the credential it uses does not have.

Needs of the server's own credentials and of the role's count alike. What a tool needs only to
degrade gracefully is another rule's note.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.model.tool import Credential, Necessity
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import caller, own_needs, places, sentences, shown


def check(case: Case) -> Iterator[Observation]:
    """One observation per refused request, with every tool that needs it."""
    needing: dict[str, dict[str, None]] = {}
    first: dict[str, tuple[Credential, Necessity, bool]] = {}
    for tool in case.tools:
        for need in own_needs(tool):
            if not need.gap or need.status is not Status.DENIED:
                continue
            # Of several credentials the first one signed is the one to give the permission to.
            attempt = next(a for a in need.attempts if a.probes)
            for name in attempt.probes:
                if status_of(case.explanation(name)) is Status.DENIED:
                    needing.setdefault(name, {})[tool.name] = None
                    first.setdefault(name, (attempt.credential, need.requirement.necessity, need.hypothetical))
    for name, tools in needing.items():
        explanation = case.explanation(name)
        credential, necessity, hypothetical = first[name]
        request = explanation.request
        resource = shown(request.resource)
        later = ("this stands in the way once the role can be assumed",) if hypothetical else ()
        evidence = (
            f"{necessity} for {', '.join(tools)}, with the {credential}'s credentials",
            *sentences(explanation),
            *later,
        )
        message = case.probes[name].message
        if message is not None:
            evidence = (*evidence, f"AWS would answer ({message.basis}): {message.text}")
        yield Observation(
            f"{caller(explanation)} {request.action} {resource} {name}",
            f"{request.action} on {resource} is denied to {caller(explanation)}",
            origins=places(explanation),
            evidence=evidence,
            probes=(name,),
            tools=tuple(tools),
        )


RULE = Rule(check, Kind.GAP, Severity.HIGH, "tools", "Service Authorization Reference")
