"""
A statement has an element and its negation.

AWS refuses the policy: Action and NotAction, Resource and NotResource, Principal and NotPrincipal exclude each other,
even where one of them is empty.

Avoid:

    {"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:DeleteBucket", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each pair."""
    for part in draft.statements():
        for name in ("Action", "Resource", "Principal"):
            if name in part.value and f"Not{name}" in part.value:
                yield Seen(
                    f"{part.subject} {name}",
                    f"{part.label} has {name} and Not{name}: AWS refuses the policy",
                    (*part.at, f"Not{name}"),
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, Grammar of the IAM JSON policy language",
    codes=("UNSUPPORTED_ELEMENT_COMBINATION",),
)
