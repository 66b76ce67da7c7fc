"""Which loaded principals have policies that may let them assume a role: an index, asked instead of everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from iamsim.engine.actions import naming
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Element, Policy, Statement

_WILD = re.compile(r"[*?]|\$\{")
_ARN_FIELDS = 6
COUNTING = ("sts:assumerole", "sts:setsourceidentity", "sts:tagsession")
"""The actions that a call to assume a role may need, lower case, its own first."""


@dataclass(frozen=True, slots=True)
class Holder:
    """
    A loaded role or user.

    Two of one `likeness` hold the same statements that name what a call to assume a role needs, and
    the same limits: what asks nothing of the caller itself is answered alike for both. Two of one
    `denials` hold the same that deny it, and the same limits.
    """

    arn: str
    account: str
    entity: Role | User
    likeness: int
    denials: int
    statements: tuple[Statement, ...]
    policies: tuple[Policy, ...]


@dataclass
class Holders:
    """
    The principals of an organization, by what their identity policies may let them assume.

    `may_assume` gives every principal of an account that could, and some that cannot: the
    engine decides. A principal whose policies were not all read may have any.
    """

    organization: Organization
    all: dict[str, list[Holder]] = field(default_factory=dict)
    by_arn: dict[str, Holder] = field(default_factory=dict)
    by_unique_id: dict[str, Holder] = field(default_factory=dict)
    _exact: dict[tuple[str, str], list[Holder]] = field(default_factory=dict)
    _starting: dict[tuple[str, str, str], list[Holder]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        likenesses: dict[object, int] = {}
        for id_, account in sorted(self.organization.accounts.items()):
            entities: list[Role | User] = [*account.roles.values(), *account.users.values()]
            for entity in sorted(entities, key=lambda each: each.arn):
                policies, whole = _policies(account, entity)
                statements = [found for policy in policies for found in _naming(policy)]
                denies = [(s, variables) for s, variables in statements if s.effect is Effect.DENY]
                likeness, denials = (
                    likenesses.setdefault(_key(account, entity, some, whole=whole), len(likenesses))
                    for some in (statements, denies)
                )
                holder = Holder(
                    entity.arn, id_, entity, likeness, denials, tuple(s for s, _ in statements), tuple(policies)
                )
                self.all.setdefault(id_, []).append(holder)
                self.by_arn[entity.arn] = holder
                if entity.unique_id:
                    self.by_unique_id[entity.unique_id] = holder
                self._file(holder, [s for s, _ in statements if _lets(s)], whole=whole)

    def may_assume(self, account: str, role: str) -> list[Holder]:
        """The principals of `account` whose identity policies may allow sts:AssumeRole on `role`, sorted."""
        arn = Arn.parse(role)
        found = {holder.arn: holder for holder in self._exact.get((account, role), ())}
        for owner in (arn.account, "*"):
            for end in range(len(arn.resource) + 1):
                for holder in self._starting.get((account, owner, arn.resource[:end]), ()):
                    found[holder.arn] = holder
        return [found[name] for name in sorted(found)]

    def _file(self, holder: Holder, statements: list[Statement], *, whole: bool) -> None:
        places: set[tuple[str, ...]] = set() if whole else {("*", "")}
        for statement in statements:
            resource = statement.resource
            if resource is None or resource.negated:
                places.add(("*", ""))
                continue
            places.update(map(_place, resource.values))
        for place in sorted(places):
            if len(place) == 1:
                self._exact.setdefault((holder.account, place[0]), []).append(holder)
            else:
                self._starting.setdefault((holder.account, *place), []).append(holder)  # type: ignore[arg-type]  # two of them


def names(statement: Statement, actions: tuple[str, ...]) -> bool:
    """Whether the statement names one of the actions (lower case), or whether that is open."""
    return _names(statement.action, statement.effect is Effect.DENY, actions)


# ---------------------------------------------------------------- helpers


# Many policies say the same; where an element was written does not count.
@lru_cache(maxsize=4096)
def _names(element: Element, deny: bool, actions: tuple[str, ...]) -> bool:  # noqa: FBT001 - a key of the cache
    test = naming(element, deny=deny)
    return any(test(action) is not False for action in actions)


def _place(pattern: str) -> tuple[str, ...]:
    """Where a pattern is filed: the ARN itself, or the account (`*` for any) and what the resource part begins with."""
    if not _WILD.search(pattern) and pattern.count(":") >= _ARN_FIELDS - 1:
        return (pattern,)
    fields = pattern.split(":", _ARN_FIELDS - 1)
    if len(fields) < _ARN_FIELDS:
        return "*", ""
    # A variable may hold colons: what comes after it is no field for sure.
    owner = (
        fields[4] if not any(_WILD.search(part) for part in fields[4:5]) and "${" not in "".join(fields[:5]) else "*"
    )
    return owner, "" if "${" in "".join(fields[:5]) else _WILD.split(fields[5])[0]


def _policies(account: Account, entity: Role | User) -> tuple[list[Policy], bool]:
    """The identity policies of a principal, those of its groups included, and whether all of them were read."""
    policies, whole = [*entity.policies], not entity.unread
    for name in entity.groups if isinstance(entity, User) else ():
        group = account.groups.get(name)
        whole = whole and group is not None and not group.unread
        policies += group.policies if group is not None else ()
    return policies, whole


def _naming(policy: Policy) -> Iterator[tuple[Statement, bool]]:
    """The statements that may name what a call to assume a role needs, and whether variables count in them."""
    for each in policy.statements:
        if names(each, COUNTING):
            yield each, policy.has_variables


def _lets(statement: Statement) -> bool:
    return statement.effect is Effect.ALLOW and names(statement, COUNTING[:1])


def _key(account: Account, entity: Role | User, statements: list[tuple[Statement, bool]], *, whole: bool) -> object:
    said = tuple((s.effect, s.action, s.resource, s.conditions, variables) for s, variables in statements)
    limit = None if entity.boundary is None else id(entity.boundary)
    linked = ":role/aws-service-role/" in entity.arn
    return account.id, isinstance(entity, User), linked, limit, entity.boundary_arn, whole, said
