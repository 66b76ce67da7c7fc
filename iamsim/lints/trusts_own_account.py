"""
Everybody in the role's own account whose policies allow it may assume the role.

The root ARN stands for the account: who may assume the role is then decided by the identity policies of the account,
and `sts:AssumeRole` on `*` in any of them is enough. That may be meant.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, account_of, allowing, apart, home, role_arn, sure
from iamsim.model.finding import Audience, Severity
from iamsim.model.principal import principal


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that hands the decision to the account, without a condition that the asker could miss."""
    role = role_arn(draft)
    if not role or draft.world is None or (draft.world.alone and not draft.of):
        return
    account = home(role)
    for part, statement, element in allowing(draft):
        if account not in map(account_of, element.aws):
            continue
        caller = principal(f"arn:aws:iam::{account}:user/somebody-who-is-new")
        if sure(apart(draft.world, role, statement).outside(caller, ASSUME, role)):
            yield Seen(
                part.subject, "whoever the policies of its own account let may assume the role", (*part.at, "Principal")
            )


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "IAM User Guide, AWS JSON policy elements: Principal, AWS account principals",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
