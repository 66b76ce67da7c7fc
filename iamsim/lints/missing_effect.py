"""
A statement has no Effect.

AWS knows no default: it refuses the policy as malformed, and whatever the policy was to grant is not granted.

Avoid:

    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import has
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement without the element."""
    for part in draft.statements():
        if not has(part.value, "Effect"):
            yield Seen(part.subject, f"{part.label} has no Effect: AWS refuses the policy", part.at)


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Effect",
    codes=("MISSING_EFFECT",),
)
