"""A tool falls back to the server's own credentials when the caller's cannot be had, and says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.tool import Credential
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such tools."""
    pair = (Credential.BROKERED, Credential.SERVER)
    tools = tuple(
        tool.name for tool in case.tools if any(need.requirement.credentials[:2] == pair for need in tool.own_needs)
    )
    if tools:
        yield Observation(
            "tools",
            f"{count(len(tools), 'tool')} falling back silently to the server's own credentials when the caller's are refused",
            evidence=("a caller without access gets the server's instead of an error",),
            tools=tools,
        )


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "tools", "IAM User Guide, The confused deputy problem")
