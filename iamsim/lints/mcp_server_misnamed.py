"""
A value of aws:CalledViaAWSMCP is the name of no service.

The key holds the service principal of the MCP server that AWS runs and that made the request, such as
`aws-mcp.amazonaws.com`. It is never `true`: that is the other key, aws:ViaAWSMCPService. A Deny that asks for anything
else stops nobody.

Avoid:

    {
      "Effect": "Deny",
      "Action": "s3:DeleteObject",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:CalledViaAWSMCP": "true"}}
    }

Prefer:

    {
      "Effect": "Deny",
      "Action": "s3:DeleteObject",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:CalledViaAWSMCP": "aws-mcp.amazonaws.com"}}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Confidence, Severity

_PRINCIPAL = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|aws\.internal|api\.aws)", re.IGNORECASE)
_OPEN = re.compile(r"[*?]|\$\{")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; one with a wildcard or a variable may be any name."""
    for part in draft.statements():
        for test in part.conditions():
            if test.key.lower() != "aws:calledviaawsmcp" or test.operator.lower() == "null":
                continue
            for text in test.values:
                if not _OPEN.search(text.value) and not _PRINCIPAL.fullmatch(text.value):
                    yield Seen(
                        f"{part.subject} {text.value}",
                        f"`{clipped(text.value)}` is the name of no MCP server that AWS runs",
                        text.at,
                        ("the key holds a service principal, such as `aws-mcp.amazonaws.com`",),
                    )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:CalledViaAWSMCP",
    confidence=Confidence.LIKELY,
)
