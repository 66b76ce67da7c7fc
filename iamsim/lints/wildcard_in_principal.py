"""
A wildcard stands for a part of a principal.

AWS refuses the policy: `*` is taken under AWS alone, and only by itself. Which roles or sessions are meant is said by a
condition on aws:PrincipalArn.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/dev-*"}, "Action": "sts:AssumeRole"}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "sts:AssumeRole",
      "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/dev-*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import told
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value."""
    for part in draft.statements():
        for kind, text in part.principals():
            if kind == "*" or (kind == "AWS" and text.value == "*") or not told(text.value) or "${" in text.value:
                continue
            if "*" in text.value or "?" in text.value:
                yield Seen(
                    f"{part.subject} {kind} {text.value}",
                    f"`{clipped(text.value)}` has a wildcard, which {kind} does not take: AWS refuses the policy",
                    text.at,
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("UNSUPPORTED_WILDCARD_IN_PRINCIPAL",),
    kinds=WITH_PRINCIPAL,
)
