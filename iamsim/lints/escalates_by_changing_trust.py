"""
It can change whom a stronger role trusts, and then be that role.

A trust policy that names a principal of the same account is enough to assume the role: no permission for
sts:AssumeRole is needed beside it. A provider of identities that roles trust is as good as their trust policies.

Avoid:

    {"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "trust", "can make a role trust it", Severity.HIGH)


LINT = Lint(check, Family.EXCESSIVE, Severity.HIGH, "https://pathfinding.cloud/paths/iam-012", scope=Scope.PRINCIPAL)
