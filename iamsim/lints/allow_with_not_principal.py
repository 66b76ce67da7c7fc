"""
A statement allows everybody whom it does not list.

NotPrincipal with Allow lets in all of the world but a few, people without an account among them. AWS's page gives no
meaning for it but with Deny.

Avoid:

    {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement."""
    for part in draft.statements():
        if part.allows and "NotPrincipal" in part.value and "Principal" not in part.value:
            yield Seen(part.subject, f"{part.label} allows everybody but those it lists", (*part.at, "NotPrincipal"))


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: NotPrincipal",
    codes=("ALLOW_WITH_NOT_PRINCIPAL",),
    kinds=frozenset({PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT}),
)
