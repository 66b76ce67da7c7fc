"""
A condition key is one that AWS has replaced.

`aws:ARN` is no longer supported: `aws:PrincipalArn` is the caller, `aws:SourceArn` the resource that a service acts for.
`aws:SourceOwner` is what Amazon SNS sent before `aws:SourceAccount`, and services that came later do not send it.

Avoid:

    {"StringEquals": {"aws:SourceOwner": "111122223333"}}

Prefer:

    {"StringEquals": {"aws:SourceAccount": "111122223333"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Severity

_INSTEAD = {
    "aws:arn": (
        "UNSUPPORTED_GLOBAL_CONDITION_KEY",
        "is no longer supported",
        "aws:PrincipalArn` or `aws:SourceArn",
        Severity.MEDIUM,
    ),
    "aws:sourceowner": ("DEPRECATED_GLOBAL_CONDITION_KEY", "is deprecated", "aws:SourceAccount", Severity.LOW),
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key."""
    for line in lines(draft):
        if line.key in _INSTEAD:
            code, what, instead, severity = _INSTEAD[line.key]
            yield Seen(
                line.subject,
                f"the condition key `{line.test.key}` of {line.part.label} {what}: `{instead}` takes its place",
                line.test.at,
                code=code,
                severity=severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Unsupported global condition key; Amazon SNS Developer Guide",
    codes=("UNSUPPORTED_GLOBAL_CONDITION_KEY", "DEPRECATED_GLOBAL_CONDITION_KEY"),
)
