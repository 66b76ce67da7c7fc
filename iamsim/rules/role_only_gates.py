"""
A tool insists that the role can be assumed, then acts with the server's own credentials.

The caller's identity is checked and is not what acts: the role's permissions limit nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import RoleUse
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such tools."""
    tools = tuple(tool.name for tool in case.tools if tool.role is RoleUse.GATE_ONLY)
    if tools:
        yield Observation(
            "tools",
            f"{count(len(tools), 'tool')} needing the role to be assumable, and then acting as the server, not as the caller",
            evidence=("a role without any permission lets them work, as long as the server's own principal can",),
            tools=tools,
        )


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "tools", "IAM User Guide, The confused deputy problem")
