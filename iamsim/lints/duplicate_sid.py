"""
Two statements have the same Sid.

IAM and AWS Organizations refuse the policy: "Statement IDs (SID) in a single policy must be unique". A Sid has no
other meaning, so that any other name will do.

Avoid:

    [
      {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"},
      {"Sid": "Read", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
    ]

Prefer:

    [
      {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"},
      {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
    ]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import IN_IAM, IN_ORGANIZATIONS
from iamsim.lints._sids import again
from iamsim.model.finding import Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement behind the first; it loses its Sid, which decides nothing."""
    for sid, part in again(draft):
        place = (*part.at, "Sid")
        yield Seen(
            f"{sid} {part.index + 1}",
            f"the Sid `{clipped(sid)}` stands more than once: AWS refuses the policy",
            place,
            fix=(TextEdit(written(place), None),),
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Sid",
    codes=("UNIQUE_SIDS_REQUIRED",),
    kinds=IN_IAM | IN_ORGANIZATIONS,
)
