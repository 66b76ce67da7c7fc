"""A permission is denied that a tool can do without: its error is swallowed, or the answer is poorer."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Need, Status, ToolResult
from iamsim.model.tool import Credential, Necessity
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import caller, grouped, probes


def check(case: Case) -> Iterator[Observation]:
    """One observation per caller and action that is refused for one reason; what is a gap for another tool is left to that."""
    for group in grouped(case, _refused(case)):
        resources = group.resources(case)
        evidence = [case.explanation(next(iter(group.probes))).reason]
        evidence += [f"on {resource}" for resource in resources] if len(resources) > 1 else []
        yield Observation(
            group.subject,
            f"{group.action} on {group.where(case)} is denied to {group.who}; the tools go on without it",
            evidence=tuple(evidence),
            probes=tuple(group.probes),
            tools=tuple(group.tools),
        )


def _refused(case: Case) -> Iterator[tuple[ToolResult, Need, Credential, str]]:
    needs = [(tool, need) for tool in case.tools for need in tool.own_needs]
    gaps = {_asked(case, name) for _, need in needs if need.gap for name in probes(need)}
    for tool, need in needs:
        optional = need.requirement.necessity is Necessity.OPTIONAL and not need.spared
        if optional and need.status is Status.DENIED:
            attempt = need.attempts[0]
            for name in attempt.probes:
                if status_of(case.explanation(name)) is Status.DENIED and _asked(case, name) not in gaps:
                    yield tool, need, attempt.credential, name


def _asked(case: Case, name: str) -> tuple[str, str, str]:
    explanation = case.explanation(name)
    return caller(explanation), explanation.request.action, explanation.request.resource


RULE = Rule(check, Kind.NOTE, Severity.INFO, "tools", "Service Authorization Reference")
