"""A tool acts with the server's own credentials whoever calls: any valid token gets the server's permissions."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import RoleUse
from iamsim.model.tool import Credential
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such tools."""
    tools = tuple(
        tool.name
        for tool in case.tools
        if tool.role is RoleUse.IGNORES and tool.credentials and _acts_as_server(tool.credentials)
    )
    if tools:
        yield Observation(
            "tools",
            f"{count(len(tools), 'tool')} acting as the server whatever the caller's token says: any valid token gets the server's permissions",
            evidence=("what the role of a caller may do makes no difference to them",),
            tools=tools,
        )


def _acts_as_server(credentials: tuple[Credential, ...]) -> bool:
    # A tool that acts with a brokered role where it can is the caller's; that it may fall back is another finding.
    own = Credential.SERVER in credentials or Credential.UNSIGNED in credentials
    return own and credentials[0] is not Credential.BROKERED


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "tools", "IAM User Guide, The confused deputy problem")
