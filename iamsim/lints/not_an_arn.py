"""
A resource is neither `*` nor an ARN.

AWS refuses the policy: "Resource must be in ARN format or `*`". Names of buckets, tables and roles are not enough.

Avoid:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import patterns
from iamsim.lints._grammar import told
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text that does not begin as an ARN does."""
    for part, text, found in patterns(draft):
        # What a variable or an unknown piece begins may become an ARN.
        if not told(text.value) or found.startswith("*") or found.split(":", 1)[0] == "arn":
            continue
        yield Seen(
            f"{part.subject} {text.value}",
            f"`{clipped(text.value)}` is neither `*` nor an ARN, which begins with `arn:`"
            if text.value
            else "the resource is empty",
            text.at,
            confidence=None if ":" not in found else Confidence.LIKELY,
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Resource",
    codes=("INVALID_ARN_PREFIX",),
)
