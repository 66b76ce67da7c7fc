"""
A trust policy has NotPrincipal.

IAM refuses it. Name those who may assume the role in Principal; who may not is said by a condition on
aws:PrincipalArn.

Avoid:

    {
      "Effect": "Deny",
      "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/deploy"},
      "Action": "sts:AssumeRole"
    }

Prefer:

    {
      "Effect": "Deny",
      "Principal": {"AWS": "*"},
      "Action": "sts:AssumeRole",
      "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/deploy"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that has the element."""
    for part in draft.statements():
        if "NotPrincipal" in part.value:
            yield Seen(
                part.subject,
                f"{part.label} has NotPrincipal, which a trust policy does not take: IAM refuses it",
                (*part.at, "NotPrincipal"),
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: NotPrincipal",
    codes=("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",),
    kinds=frozenset({PolicyKind.TRUST}),
)
