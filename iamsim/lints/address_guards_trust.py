"""
A trust policy goes by the address of the caller.

A program that reaches AWS STS through a VPC endpoint has no aws:SourceIp, and its call is refused; through a NAT
gateway the address is the gateway's. A service that assumes the role on your behalf comes from an address of AWS's.

Avoid:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}

Prefer:

    {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import allowing, holds_without
from iamsim.model.finding import Audience, Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each condition on the address that fails where there is none."""
    for part, _, element in allowing(draft):
        for condition in part.statement.conditions if part.statement else ():
            if condition.key.lower() == "aws:sourceip" and not holds_without(condition):
                at = (*part.at, "Condition", condition.operator, condition.key)
                told = "a caller behind a VPC endpoint has no aws:SourceIp, and is refused"
                if element.service:
                    told = "a service calls from addresses of its own, and is refused"
                yield Seen(f"{part.subject} {condition.operator}", told, at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "IAM User Guide, AWS global condition context keys: aws:SourceIp",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
