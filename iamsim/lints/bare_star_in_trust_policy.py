"""
A trust policy names everybody by a bare `*`.

IAM refuses it. In other policies `"*"` and `{"AWS": "*"}` mean the same; here only the second is taken, and it lets
everybody in whom no condition keeps out.

Avoid:

    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement; there is no fix, because what AWS takes opens the role."""
    for part in draft.statements():
        if part.value.get("Principal") == "*":
            yield Seen(
                part.subject,
                f"{part.label} has the Principal `*`, which IAM refuses in a trust policy",
                (*part.at, "Principal"),
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference",
    codes=("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",),
    kinds=frozenset({PolicyKind.TRUST}),
)
