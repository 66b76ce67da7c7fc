"""
The inline policies of a role, user or group are together longer than IAM takes.

IAM counts all of one owner as one: 10,240 characters for a role, 2,048 for a user, 5,120 for a group, without white
space. Managed policies are counted one by one.

Avoid:

    {"Sid": "OneOfTwentyInlinePoliciesOfOneRole", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}

Prefer:

    {"Sid": "OneManagedPolicyForSeveralRoles", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim import documents
from iamsim.drafts.world import World
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._sizes import written
from iamsim.model.account import Group, Role, User
from iamsim.model.finding import Severity
from iamsim.model.origin import NOWHERE
from iamsim.quotas import QUOTAS

_KINDS = ((Role, "role"), (User, "user"), (Group, "group"))


def check(world: World) -> Iterator[Seen]:
    """One for each owner."""
    for _, account in sorted(world.organization.accounts.items()):
        owners: list[Role | User | Group] = [*account.roles.values(), *account.users.values(), *account.groups.values()]
        for owner in owners:
            kind = next(word for cls, word in _KINDS if isinstance(owner, cls))
            inline = [policy for policy in owner.policies if policy.arn is None]
            count = sum(len(written(documents.document(policy))) for policy in inline)
            limit = QUOTAS[kind].limit
            if count > limit:
                yield Seen(
                    owner.arn,
                    f"the inline policies of {owner.arn} have {count:,} characters together, {count - limit:,} more than IAM takes ({limit:,})",
                    places=tuple(policy.origin for policy in inline if policy.origin != NOWHERE),
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM and AWS STS quotas",
    scope=Scope.ORGANIZATION,
)
