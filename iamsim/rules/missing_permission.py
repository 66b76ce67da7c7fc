"""
A tool needs a permission that the credential it uses does not have.

Needs of the server's own credentials and of the role's count alike. What a tool needs only to
degrade gracefully is another rule's note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Need, Status
from iamsim.model.tool import Credential
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import caller, own_needs, places, sentences, shown


@dataclass
class _Group:
    """Requests that are refused alike: same caller, same action, by the same layers."""

    credential: Credential
    hypothetical: bool
    probes: dict[str, None] = field(default_factory=dict)
    tools: dict[str, None] = field(default_factory=dict)
    why: dict[str, None] = field(default_factory=dict)


def check(case: Case) -> Iterator[Observation]:
    """One observation per caller and action that is refused for one reason, with every tool that needs it."""
    groups: dict[tuple[str, str, str], _Group] = {}
    for tool in case.tools:
        for need in own_needs(tool):
            for credential, name in _refused(case, need):
                explanation = case.explanation(name)
                key = (
                    caller(explanation),
                    explanation.request.action,
                    ",".join((explanation.decision, *explanation.failing)),
                )
                group = groups.setdefault(key, _Group(credential, need.hypothetical))
                group.probes[name] = None
                group.tools[tool.name] = None
                group.why[need.requirement.necessity] = None
    for (who, action, how), group in groups.items():
        explanations = [case.explanation(name) for name in group.probes]
        resources = list(dict.fromkeys(shown(explanation.request.resource) for explanation in explanations))
        where = resources[0] if len(resources) == 1 else f"{len(resources)} resources"
        evidence = [f"{', '.join(group.why)} for {', '.join(group.tools)}, with the {group.credential}'s credentials"]
        evidence += [f"on {resource}" for resource in resources] if len(resources) > 1 else []
        evidence += dict.fromkeys(line for explanation in explanations for line in sentences(explanation))
        evidence += ["this stands in the way once the role can be assumed"] if group.hypothetical else []
        yield Observation(
            f"{who} {action} {how}",
            f"{action} on {where} is denied to {who}",
            origins=tuple(dict.fromkeys(origin for explanation in explanations for origin in places(explanation))),
            evidence=tuple(evidence),
            probes=tuple(group.probes),
            tools=tuple(group.tools),
        )


def _refused(case: Case, need: Need) -> Iterator[tuple[Credential, str]]:
    """The refused requests of a need that is a gap: of the first credential, which is the one to give the permission to."""
    if not need.gap or need.status is not Status.DENIED or need.attempts[0].status is Status.NO_CREDENTIALS:
        return
    attempt = need.attempts[0]
    for name in attempt.probes:
        if status_of(case.explanation(name)) is Status.DENIED:
            yield attempt.credential, name


RULE = Rule(check, Kind.GAP, Severity.HIGH, "tools", "Service Authorization Reference")
