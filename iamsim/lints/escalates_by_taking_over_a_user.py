"""
It can make credentials of another user, and so be that user.

A condition on aws:MultiFactorAuthPresent does not help: the one who asks has a second factor of its own. Let users
manage what is theirs, by the name in the resource.

Avoid:

    {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/${aws:username}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "users", "can get the credentials of another user", Severity.HIGH)


LINT = Lint(
    check, Family.EXCESSIVE, Severity.HIGH, "https://pathfinding.cloud, principal-access paths", scope=Scope.PRINCIPAL
)
