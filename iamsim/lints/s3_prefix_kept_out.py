"""
Listing some keys of a bucket is forbidden by their prefix.

`s3:prefix` is what the caller asks to see listed, not what is listed: who asks for a shorter prefix, or for none, sees
the forbidden keys too. Say which prefixes may be asked for.

Avoid:

    {
      "Effect": "Deny",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::documents",
      "Condition": {"StringLike": {"s3:prefix": "secret/*"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::documents",
      "Condition": {"StringLike": {"s3:prefix": "shared/*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lets_by,
    lines,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line that names prefixes to keep callers from."""
    for line in lines(draft):
        if line.key == "s3:prefix" and line.operator is not None and lets_by(line) and any(line.values):
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} is evaded: whoever lists a shorter prefix, or none, sees {quoted(line.values, 3)} too",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: S3 prefix in negative context",
    codes=("S3_PREFIX_IN_NEGATIVE_CONTEXT",),
)
