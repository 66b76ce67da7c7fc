"""
It may manage the permissions of any principal.

Found is what AWS calls permissions management in IAM, IAM Identity Center and Organizations, as far as it is no way
to more permissions by itself: other rules find those. It is for a review to say whether it is meant.

Avoid:

    {"Effect": "Allow", "Action": ["iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"], "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"],
      "Resource": "arn:aws:iam::111122223333:group/app/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed, of_level, of_ways
from iamsim.model.finding import Audience, Severity

_OF_PRINCIPALS = ("iam:", "sso:", "organizations:", "identitystore:", "sso-directory:")


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything."""
    asked = powers(holder)
    ways = of_ways()
    names = [n for n in of_level(asked, "Permissions management") if n.startswith(_OF_PRINCIPALS) and n not in ways]
    found = anywhere(asked, names)
    if found and not administrator(asked):
        yield Seen(
            "permissions",
            f"{holder.label} may manage permissions of anybody by {compressed(found)}",
            places=places(*(v for answer in found.values() for v in answer.allowing)),
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Use policy summary access levels: permissions management",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
