"""
It can change the policies that hold it back, or those of a principal that it can then be.

Whoever may write the policies of its own user, group or role, or make a new principal and give it policies, has
everything. A condition on iam:PermissionsBoundary keeps such permissions within bounds.

Avoid:

    {"Effect": "Allow", "Action": ["iam:CreateRole", "iam:AttachRolePolicy"], "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["iam:CreateRole", "iam:AttachRolePolicy"],
      "Resource": "arn:aws:iam::111122223333:role/app/*",
      "Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/app-boundary"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "editing", "can give itself more", Severity.HIGH)


LINT = Lint(
    check, Family.EXCESSIVE, Severity.HIGH, "https://pathfinding.cloud, self-escalation paths", scope=Scope.PRINCIPAL
)
