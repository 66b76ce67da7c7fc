"""
A role, user or group has more managed policies than IAM attaches, or a user is in more groups than IAM puts it in.

IAM attaches 10 managed policies to one role, user or group. For roles and users AWS raises that on request. A user is
in 10 groups at most. What goes beyond is refused, and what it was to give is not given.

Avoid:

    {"Sid": "TheEleventhManagedPolicyOfOneRole", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}

Prefer:

    {"Sid": "OneManagedPolicyForWhatBelongsTogether", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import World
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.model.account import Group, Role, User
from iamsim.model.finding import Confidence, Severity
from iamsim.model.origin import NOWHERE

_MOST = 10


def check(world: World) -> Iterator[Seen]:
    """One for each owner of too many policies, and each user of too many groups."""
    for _, account in sorted(world.organization.accounts.items()):
        owners: list[Role | User | Group] = [*account.roles.values(), *account.users.values(), *account.groups.values()]
        for owner in owners:
            count = len({policy.arn for policy in owner.policies if policy.arn is not None})
            if count > _MOST:
                fixed = isinstance(owner, Group)
                yield Seen(
                    f"{owner.arn} policies",
                    f"{owner.arn} has {count} managed policies attached; IAM attaches {_MOST}"
                    + ("" if fixed else ", more only where the quota was raised"),
                    places=(owner.origin,) if owner.origin != NOWHERE else (),
                    severity=Severity.HIGH if fixed else None,
                )
        for user in account.users.values():
            if len(set(user.groups)) > _MOST:
                yield Seen(
                    f"{user.arn} groups",
                    f"{user.arn} is in {len(set(user.groups))} groups; IAM puts a user in {_MOST}",
                    places=(user.origin,) if user.origin != NOWHERE else (),
                    severity=Severity.HIGH,
                    confidence=Confidence.CERTAIN,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM and AWS STS quotas",
    confidence=Confidence.LIKELY,
    scope=Scope.ORGANIZATION,
)
