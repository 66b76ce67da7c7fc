"""
An action of the AWS MCP Server is named, and AWS asks for none of them any more.

Since March 2026 a request that an agent makes through the AWS MCP Server is authorized like any other, by the action of
the service that it reaches. Allowing `aws-mcp:InvokeMcp` and its like gives nothing, and denying them stops nobody.
Requests that come through the MCP servers that AWS runs are told by the condition keys aws:ViaAWSMCPService and
aws:CalledViaAWSMCP.

Avoid:

    {"Effect": "Deny", "Action": "aws-mcp:*", "Resource": "*"}

Prefer:

    {
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {"Bool": {"aws:ViaAWSMCPService": "true"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import written
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each action; a Deny is the worse, since it was to stop somebody."""
    for part, text, service, _ in written(draft):
        if service == "aws-mcp":
            does = "stops nobody" if part.denies else "gives nothing"
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` {does}: AWS asks for no action of the AWS MCP Server any more",
                text.at,
                severity=Severity.HIGH if part.denies else None,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "Agent Toolkit for AWS User Guide, Troubleshooting AWS MCP Server identity and access",
)
