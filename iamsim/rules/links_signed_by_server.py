"""
A tool that uses the role hands out links signed by the server's own credentials.

A link carries the permissions of whoever signed it: the caller gets the server's, and a role that
may read does not make the link work.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import RoleUse
from iamsim.model.tool import Credential, Necessity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such tools."""
    tools = tuple(
        tool.name
        for tool in case.tools
        if tool.role is RoleUse.USES
        and any(
            need.requirement.necessity is Necessity.DEFERRED and need.requirement.credentials[0] is Credential.SERVER
            for need in tool.own_needs
        )
    )
    if tools:
        yield Observation(
            "tools",
            f"{count(len(tools), 'tool')} acting with the role, but signing the links they hand out as the server",
            evidence=("a presigned URL carries the permissions of its signer",),
            tools=tools,
        )


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "tools", "Amazon S3 User Guide, Sharing objects with presigned URLs")
