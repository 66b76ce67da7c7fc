"""
Two statements of a resource's policy have the same Sid.

Some services take it, and some do not (AWS Lambda removes a permission by its Sid). Which statement is meant is not
clear to anybody who reads of it.

Avoid:

    [
      {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"},
      {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": "*"}
    ]

Prefer:

    [
      {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"},
      {"Sid": "Lend", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": "*"}
    ]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._sids import again
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement behind the first."""
    for sid, part in again(draft):
        yield Seen(f"{sid} {part.index + 1}", f"the Sid `{clipped(sid)}` stands more than once", (*part.at, "Sid"))


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM JSON policy elements: Sid",
    audience=Audience.STYLE,
    codes=("UNIQUE_SIDS_RECOMMENDED",),
    kinds=frozenset({PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT}),
)
