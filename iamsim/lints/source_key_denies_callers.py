"""
A Deny by the source of a service's call hits everybody who is no service.

`aws:SourceArn`, `aws:SourceAccount` and `aws:SourceOrgID` come with calls that an AWS service makes for a resource. Users
and roles have none, and a negated operator holds for them: they are all denied. Ask that the caller is a service.

Avoid:

    {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*",
     "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}

Prefer:

    {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*",
     "Condition": {
       "StringNotEquals": {"aws:SourceAccount": "111122223333"},
       "Bool": {"aws:PrincipalIsAWSService": "true"}
     }}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import WITH_PRINCIPAL, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    ORDINARY,
    SOURCES,
    lines_of,
    met,
    only_services,
)
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Deny that a role's request meets, by the engine."""
    for part in draft.statements():
        found = [line for line in lines_of(part) if line.key in SOURCES and line.without_key]
        if part.denies and found and not only_services(part) and met(part, ORDINARY) is not False:
            line = found[0]
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} denies every user and role: only services have the key",
                line.test.at,
                evidence=('add "Bool": {"aws:PrincipalIsAWSService": "true"}',),
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, AWS global condition context keys: aws:SourceAccount, aws:PrincipalIsAWSService",
    confidence=Confidence.LIKELY,
    kinds=WITH_PRINCIPAL - {PolicyKind.RCP},
)
