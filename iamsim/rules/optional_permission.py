"""A permission is denied that a tool can do without: its error is swallowed, or the answer is poorer."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.model.tool import Necessity
from iamsim.probes import Case, status_of
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import caller, own_needs, probes, shown


def check(case: Case) -> Iterator[Observation]:
    """One observation per refused request."""
    needing: dict[str, dict[str, None]] = {}
    for tool in case.tools:
        for need in own_needs(tool):
            if need.requirement.necessity is Necessity.OPTIONAL and need.status is Status.DENIED:
                for name in probes(need)[:1]:
                    if status_of(case.explanation(name)) is Status.DENIED:
                        needing.setdefault(name, {})[tool.name] = None
    for name, tools in needing.items():
        explanation = case.explanation(name)
        resource = shown(explanation.request.resource)
        yield Observation(
            f"{caller(explanation)} {explanation.request.action} {resource} {name}",
            f"{explanation.request.action} on {resource} is denied to {caller(explanation)}; the tools go on without it",
            evidence=(explanation.reason,),
            probes=(name,),
            tools=tuple(tools),
        )


RULE = Rule(check, Kind.NOTE, Severity.INFO, "tools", "Service Authorization Reference")
