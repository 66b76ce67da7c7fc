"""What `aws iam get-account-authorization-details` prints: the roles, users, groups and managed policies of an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from iamsim import config
from iamsim.errors import InputError, NothingToCheckError
from iamsim.garbage import seldom_collected
from iamsim.jsontext import Written, clipped
from iamsim.model.account import Account, Group, Organization, Role, User
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources import _details_items as items
from iamsim.sources._counting import counted
from iamsim.sources._files import one_file
from iamsim.sources._json_parts import Part, Parts
from iamsim.sources._managed import published
from iamsim.sources._peek import names
from iamsim.sources._sessions import assumed

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is read; 5,000 roles with 20 kB each are 100 MB."""

LISTS: dict[str, Callable[[Written], Any]] = {
    "RoleDetailList": items.role,
    "UserDetailList": items.user,
    "GroupDetailList": items.group,
    "Policies": items.managed,
}
"""The lists of the answer, and how a member of each is read."""


def load(location: str, options: Options) -> Loaded:
    """
    The account that the file describes; several answers, one behind another, are its pages.

    Seen are the boundaries of what is described. What a `--filter` left out is not there, and nothing is claimed
    of it: a policy without its text and a group that is not described are unread where they are attached.
    """
    options.progress(f"reading {location}")
    with seldom_collected():
        parts = Parts(one_file(Path(location), MAX_BYTES), location, MAX_BYTES)
        found = _Details()
        for part in parts.values():
            found.page(part)
        account = found.account(location)
    kinds = (account.roles, account.users, account.groups, account.policies)
    told = counted(*zip(("role", "user", "group", "managed policy"), kinds, strict=True))
    summary = f"authorization details of account {account.id}: {told}"
    return Loaded(
        Organization({account.id: account}),
        (Input("policies", location, summary), *found.not_seen(), *assumed([account])),
    )


SOURCE = Source(load=load, recognises=lambda path: bool(names(path) & (LISTS.keys() - {"Policies"})))


class _Details:
    """What the pages have told so far."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, items.Entity]] = {name: {} for name in LISTS if name != "Policies"}
        self.managed: dict[str, Policy] = {}
        self.places: dict[str, Origin] = {}
        self.number: str | None = None
        # Of the last page: where it says that there is more.
        self.more: Part | None = None
        # What is attached and not there, and how often.
        self.missing: Counter[str] = Counter()
        self.no_group: Counter[str] = Counter()
        self.published = cache(published)

    def page(self, part: Part) -> None:
        """Reads one answer."""
        if part.opener != "{":
            part.refuse("is no object", items.PRINTED)
        self.more, known = None, False
        for name, member in part.members():
            if name in LISTS:
                known = True
                self.list(name, member)
            elif name in ("IsTruncated", "Marker", "NextToken"):
                # The AWS CLI writes NextToken behind what --max-items let through.
                if member.read().value not in (None, False, ""):
                    self.more = member
            elif name != "ResponseMetadata":
                member.refuse(f"`{clipped(name)}` has no meaning here", config.closest(name, LISTS))
        if not known:
            part.refuse(f"holds none of {', '.join(LISTS)}", items.PRINTED)

    def list(self, name: str, part: Part) -> None:
        if part.opener != "[":
            part.refuse(f"`{name}` is a list", items.PRINTED)
        for _, member in part.members():
            read = LISTS[name](member.read())
            if name == "Policies":
                arn, policy, origin = read
                if policy is not None:
                    self.managed[arn] = policy
            else:
                arn, origin = read.arn, read.origin
                self.entities[name][arn] = read
            if arn in self.places:
                member.refuse(f"`{clipped(arn)}` is described twice", f"see also {self.places[arn]}")
            self.places[arn] = origin
            self.belongs(arn, member)

    def belongs(self, arn: str, part: Part) -> None:
        """Whose account it is stands in the ARNs; policies that AWS manages are nobody's."""
        number = Arn.parse(arn).account
        if number != "aws" and self.number is None:
            self.number = number
        if number not in ("aws", self.number):
            hint = "give each account its own file, and --policies several times"
            part.refuse(f"`{clipped(arn)}` is not of account {self.number}, as what stands before it is", hint)

    def account(self, location: str) -> Account:
        if self.more is not None:
            hint = "take it again without --no-paginate and --max-items, or append the pages that follow"
            self.more.refuse("is one page of several", hint)
        if not self.places:
            raise NothingToCheckError(f"`{location}` describes nothing", hint="take it again, without a --filter")
        if self.number is None:
            hint = "take it again without a --filter that leaves out roles, users and groups"
            raise InputError("no ARN tells the account", hint=hint, origin=Origin(location))
        groups = {entity.name: arn for arn, entity in self.entities["GroupDetailList"].items()}
        return Account(
            self.number,
            roles={arn: self.role(entity) for arn, entity in self.entities["RoleDetailList"].items()},
            users={arn: self.user(entity, groups) for arn, entity in self.entities["UserDetailList"].items()},
            groups={arn: self.group(entity) for arn, entity in self.entities["GroupDetailList"].items()},
            policies=self.managed,
            seen=frozenset({PolicyType.BOUNDARY}),
            origin=Origin(location),
        )

    def role(self, entity: items.Entity) -> Role:
        return Role(
            entity.arn,
            entity.trust,
            *self.attached(entity),
            tags=entity.tags,
            unique_id=entity.unique_id,
            # RoleDetail has no MaxSessionDuration.
            max_session_duration=None,
            unread=self.unread(entity),
            origin=entity.origin,
        )

    def user(self, entity: items.Entity, groups: dict[str, str]) -> User:
        missing = [name for name in entity.groups if name not in groups]
        self.no_group.update(missing)
        policies, boundary, boundary_arn = self.attached(entity)
        return User(
            entity.arn,
            policies,
            tuple(groups[name] for name in entity.groups if name in groups),
            boundary,
            boundary_arn,
            tags=entity.tags,
            unique_id=entity.unique_id,
            unread=(*self.unread(entity), *(f"policies of the group {name}" for name in missing)),
            origin=entity.origin,
        )

    def group(self, entity: items.Entity) -> Group:
        policies, _, _ = self.attached(entity)
        return Group(entity.arn, policies, self.unread(entity), entity.origin)

    def attached(self, entity: items.Entity) -> tuple[tuple[Policy, ...], Policy | None, str | None]:
        """The policies whose text is known, and the boundary with its ARN."""
        found = [policy for arn in entity.attached if (policy := self.by_arn(arn)) is not None]
        boundary = None if entity.boundary is None else self.by_arn(entity.boundary)
        if entity.boundary is not None and boundary is None:
            self.missing[entity.boundary] += 1
        return (*entity.inline, *found), boundary, entity.boundary

    def unread(self, entity: items.Entity) -> tuple[str, ...]:
        missing = [arn for arn in entity.attached if self.by_arn(arn) is None]
        self.missing.update(missing)
        return (*entity.unread, *missing)

    def by_arn(self, arn: str) -> Policy | None:
        """The text in the file, which is newer than the catalog's."""
        return self.managed.get(arn) or self.published(arn)

    def not_seen(self) -> Iterator[Input]:
        for arn, count in sorted(self.missing.items()):
            yield Input("not seen", arn, f"its text is not in the file; attached to {count:,}")
        for name, count in sorted(self.no_group.items()):
            yield Input("not seen", f"group {name}", f"it is not in the file; users in it: {count:,}")
        for entities in self.entities.values():
            for arn, entity in entities.items():
                for words in entity.unread:
                    yield Input("not seen", arn, f"the file leaves out the {words}")
