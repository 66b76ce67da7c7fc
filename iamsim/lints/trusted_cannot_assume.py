"""
A trust policy names a loaded role or user that cannot assume the role.

From another account the trust alone is not enough: the caller's own policies have to allow sts:AssumeRole too. A
boundary, a policy of the organization or a Deny can stand in the way as well.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/server"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/reports"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import Holder, World
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._resource import readable
from iamsim.lints._trust import ASSUME, allowing, named, role_of
from iamsim.model.account import Role, User
from iamsim.model.finding import Severity
from iamsim.model.verdict import Layer


def check(draft: Draft) -> Iterator[Seen]:
    """One for each named principal whose call is refused by something else than the trust policy, by the engine."""
    role, world = role_of(draft), draft.world
    if role is None or world is None:
        return
    for part, statement, element in allowing(draft):
        for value in dict.fromkeys(element.aws) if named(statement, ASSUME) else ():
            entity = _loaded(world, value)
            if entity is None:
                continue
            holder = Holder(world, entity)
            if why := _refused(holder, role.arn):
                told = f"{holder.label} is trusted and cannot assume the role"
                at = (*part.at, "Principal", "AWS")
                yield Seen(f"{part.subject} {value}", told, at, (why,))


def _loaded(world: World, arn: str) -> Role | User | None:
    if not readable(arn):
        return None
    return world.organization.role(arn) or world.organization.user(arn)


def _refused(holder: Holder, role: str) -> str:
    # Policies of the caller that were not loaded may allow it.
    asked = holder.world.outside(holder.principal, ASSUME, role)
    return asked.reason if asked.denied and Layer.RESOURCE not in asked.failing else ""


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, Cross-account policy evaluation logic",
    kinds=frozenset({PolicyKind.TRUST}),
)
