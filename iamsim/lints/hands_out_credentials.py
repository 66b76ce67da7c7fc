"""
It may call what answers with credentials, for any resource.

Passwords, tokens and keys outlive the session that asked for them, and are good where no policy of AWS is asked any
more. Name the cluster, database or environment.

Avoid:

    {"Effect": "Allow", "Action": "redshift:GetClusterCredentials", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": "redshift:GetClusterCredentials",
      "Resource": "arn:aws:redshift:us-east-1:111122223333:dbuser:reports/reader"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._lists import CREDENTIALS
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed
from iamsim.model.finding import Audience, Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything; none for an administrator."""
    asked = powers(holder)
    found = anywhere(asked, CREDENTIALS)
    if found and not administrator(asked):
        yield Seen(
            "credentials",
            f"{holder.label} may get credentials by {compressed(found)}",
            evidence=tuple(str(answer) for answer in found.values())[:_MOST],
            places=places(*(v for answer in found.values() for v in answer.allowing)),
        )


_MOST = 12

LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "cloudsplaining, credentials exposure",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
