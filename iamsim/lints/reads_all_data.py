"""
It may read data, whosever it is, or copy it to where it can be read.

What reads one bucket or table needs to read that one. Who audits may be meant to read all: it is for a review to say.

Avoid:

    {"Effect": "Allow", "Action": ["s3:GetObject", "ssm:GetParameter"], "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._lists import DATA
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed
from iamsim.model.finding import Audience, Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything; none for an administrator."""
    asked = powers(holder)
    found = anywhere(asked, DATA)
    if found and not administrator(asked):
        yield Seen(
            "data",
            f"{holder.label} may take along any data by {compressed(found)}",
            evidence=tuple(str(answer) for answer in found.values())[:_MOST],
            places=places(*(v for answer in found.values() for v in answer.allowing)),
        )


_MOST = 12

LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Security best practices in IAM: apply least-privilege permissions",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
