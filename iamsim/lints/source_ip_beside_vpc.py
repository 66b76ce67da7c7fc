"""
A statement asks for an address of the internet and for a VPC at once.

A request through a VPC endpoint has no aws:SourceIp, and one that comes over the internet, through a NAT gateway too,
no aws:SourceVpc and no aws:SourceVpce. Two conditions of one statement must both hold, and these never do. Inside a
VPC the address is aws:VpcSourceIp.

Avoid:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}

Prefer:

    {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}, "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/24"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import holds_without
from iamsim.model.finding import Severity

_VPC = ("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement with conditions on both, each of which fails where its key is absent."""
    for part in draft.statements():
        asked = [each for each in part.statement.conditions if not holds_without(each)] if part.statement else []
        inside = next((each for each in asked if each.key.lower() in _VPC and each.operator != "Null"), None)
        outside = next((each for each in asked if each.key.lower() == "aws:sourceip" and each.operator != "Null"), None)
        if inside and outside:
            told = f"{part.label} never applies: {outside.key} and {inside.key} are never in one request"
            yield Seen(part.subject, told, (*part.at, "Condition"))


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, AWS global condition context keys: aws:SourceIp",
)
