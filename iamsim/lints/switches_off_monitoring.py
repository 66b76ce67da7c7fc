"""
It may end or thin the records of what happens, whatever they are.

That gives nothing by itself, and hides what is done besides. Keep it to those who run the records.

Avoid:

    {"Effect": "Allow", "Action": ["cloudtrail:StopLogging", "guardduty:DeleteDetector"], "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": ["cloudtrail:LookupEvents", "guardduty:List*"], "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._lists import WATCHING
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed
from iamsim.model.finding import Audience, Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything; none for an administrator."""
    asked = powers(holder)
    found = anywhere(asked, WATCHING)
    if found and not administrator(asked):
        yield Seen(
            "monitoring",
            f"{holder.label} may end the records of what happens by {compressed(found)}",
            evidence=tuple(str(answer) for answer in found.values())[:_MOST],
            places=places(*(v for answer in found.values() for v in answer.allowing)),
        )


_MOST = 12

LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "AWS CloudTrail User Guide, Security best practices in AWS CloudTrail",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
