"""
One operator is asked of the same condition key twice, in different case.

AWS does not tell `aws:SourceIp` from `aws:sourceip`: they are one key, and the block says two things of it. What AWS
makes of the pair is not documented; write one list.

Avoid:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24", "aws:sourceip": "198.51.100.0/24"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each key that stood there already."""
    seen: dict[tuple[object, ...], str] = {}
    for line in lines(draft):
        # The names of an encryption context's pairs are told apart by case.
        if line.key.startswith("kms:encryptioncontext:"):
            continue
        first = seen.setdefault((*line.test.at[:-1], line.key), line.test.key)
        if first != line.test.key:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} is the key `{clipped(first)}` once more: keys are not told apart by case",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition",
    codes=("DUPLICATE_KEYS_WITH_DIFFERENT_CASE",),
)
