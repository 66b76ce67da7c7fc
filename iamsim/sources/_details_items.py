"""The roles, users, groups and managed policies of an account's authorization details, one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote

from iamsim import documents
from iamsim.errors import InputError
from iamsim.jsontext import Number, Pointer, Written, clipped
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy

PRINTED = "save what `aws iam get-account-authorization-details` prints"


@dataclass(frozen=True, slots=True)
class Entity:
    """
    A role, user or group; what is attached to it is named by ARN, the groups of a user by name.

    `unread` are words for lists that the file leaves out.
    """

    arn: str
    name: str
    origin: Origin
    trust: Policy | None
    inline: tuple[Policy, ...]
    attached: tuple[str, ...]
    boundary: str | None
    groups: tuple[str, ...]
    tags: Mapping[str, str]
    unique_id: str | None
    unread: tuple[str, ...]


def role(written: Written) -> Entity:
    """A member of RoleDetailList. Source: IAM API Reference, RoleDetail."""
    return _entity(_Item(written, "role", "Role"))


def user(written: Written) -> Entity:
    """A member of UserDetailList. Source: IAM API Reference, UserDetail."""
    return _entity(_Item(written, "user", "User"))


def group(written: Written) -> Entity:
    """A member of GroupDetailList. Source: IAM API Reference, GroupDetail."""
    return _entity(_Item(written, "group", "Group"))


def managed(written: Written) -> tuple[str, Policy | None, Origin]:
    """
    The ARN of a member of Policies, its default version and its place; None where that version is not there.

    Source: IAM API Reference, ManagedPolicyDetail and PolicyVersion.
    """
    item = _Item(written, "policy", "Policy")
    arn, default = item.arn(), item.optional("DefaultVersionId", ())
    found = []
    for i, version in enumerate(item.list("PolicyVersionList", ()) or ()):
        at = ("PolicyVersionList", i)
        if not isinstance(version, dict):
            item.refuse("a version is an object", at)
        marked = version.get("IsDefaultVersion")
        if marked is True or (default is not None and version.get("VersionId") == default):
            found.append(at)
        if marked not in (None, True, False):
            item.refuse("`IsDefaultVersion` is neither true nor false", (*at, "IsDefaultVersion"))
    if len(found) > 1:
        item.refuse("two versions are called the default one", found[1])
    return arn, item.policy((*found[0], "Document"), arn.rsplit("/", 1)[-1], arn) if found else None, item.origin(())


def _entity(item: _Item) -> Entity:
    arn, name = item.arn(), item.text(f"{item.prefix}Name", ())
    trust = None
    if item.kind == "role":
        trust = item.policy(("AssumeRolePolicyDocument",), f"trust policy of {name}")
    unread = []
    inline = item.list(f"{item.prefix}PolicyList", ())
    # IAM leaves out the list of a user who has no inline policy, and no other one (boto3 issue 1303, "UserPolicyList in
    # get_account_authorization_details"); from another entity somebody took it away.
    if inline is None and item.kind != "user":
        unread.append(f"inline policies of {name}")
    attached = item.list("AttachedManagedPolicies", ())
    if attached is None:
        unread.append(f"managed policies of {name}")
    return Entity(
        arn,
        name,
        item.origin(()),
        trust,
        tuple(item.inline(inline or [])),
        tuple(item.each("AttachedManagedPolicies", "PolicyArn")),
        item.boundary(),
        item.names("GroupList") if item.kind == "user" else (),
        item.tags(),
        item.optional(f"{item.prefix}Id", ()),
        tuple(unread),
    )


class _Item:
    """One member of a list, read with the place to blame."""

    def __init__(self, written: Written, kind: str, prefix: str) -> None:
        self.origin: Callable[[Pointer], Origin] = written.origin
        self.kind = kind
        self.prefix = prefix
        if not isinstance(written.value, dict):
            self.refuse(f"a {kind} is an object", ())
        self.value: dict[str, Any] = written.value

    def arn(self) -> str:
        found = self.text("Arn", ())
        match = _ARN.fullmatch(found)
        if match is None or match[2] != self.kind or (match[1] == "aws" and self.kind != "policy"):
            self.refuse(f"`{clipped(found)}` is not the ARN of a {self.kind}", ("Arn",))
        return found

    def policy(self, at: Pointer, name: str, arn: str | None = None) -> Policy:
        """
        The policy at `at`: an object, or its text, which may be percent-encoded as IAM's API sends it.

        Source: IAM API Reference, GetAccountAuthorizationDetails: policies are URL-encoded, compliant with RFC 3986.
        """
        value: Any = self.value
        for part in at:
            if isinstance(part, str) and part not in value:
                self.refuse(f"`{part}` has to be there", at[:-1])
            value = value[part]
        if not _is_text(value):
            return documents.policy_at(value, lambda pointer: self.origin((*at, *pointer)), name=name, arn=arn)
        text = str(value)
        if not text.lstrip().startswith("{"):
            try:
                text = unquote(text, errors="strict")
            except UnicodeDecodeError:
                self.refuse("is percent-encoded, and no UTF-8", at)
        return documents.embedded(text, self.origin(at), name=name, arn=arn)

    def inline(self, items: list[Any]) -> Iterator[Policy]:
        key = f"{self.prefix}PolicyList"
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                self.refuse("an inline policy is an object", (key, i))
            yield self.policy((key, i, "PolicyDocument"), self.text("PolicyName", (key, i), item))

    def each(self, key: str, name: str) -> Iterator[str]:
        """The text `name` of each object in the list `key`."""
        for i, item in enumerate(self.list(key, ()) or ()):
            if not isinstance(item, dict):
                self.refuse(f"`{key}` is a list of objects", (key, i))
            yield self.text(name, (key, i), item)

    def boundary(self) -> str | None:
        found = self.value.get("PermissionsBoundary")
        if found is None:
            return None
        if not isinstance(found, dict):
            self.refuse("`PermissionsBoundary` is an object", ("PermissionsBoundary",))
        return self.text("PermissionsBoundaryArn", ("PermissionsBoundary",), found)

    def names(self, key: str) -> tuple[str, ...]:
        found = self.list(key, ()) or []
        for i, name in enumerate(found):
            if not _is_text(name):
                self.refuse(f"`{key}` is a list of texts", (key, i))
        return tuple(map(str, found))

    def tags(self) -> dict[str, str]:
        return dict(zip(self.each("Tags", "Key"), self.each("Tags", "Value"), strict=True))

    def list(self, name: str, at: Pointer) -> list[Any] | None:
        """A list; None where there is none."""
        found: list[Any] | None = self.value.get(name)
        if name in self.value and not isinstance(found, list):
            self.refuse(f"`{name}` is a list", (*at, name))
        return found

    def text(self, name: str, at: Pointer, value: Mapping[str, Any] | None = None) -> str:
        found = (self.value if value is None else value).get(name)
        if not _is_text(found):
            self.refuse(f"`{name}` is a text and has to be there", at)
        return str(found)

    def optional(self, name: str, at: Pointer) -> str | None:
        return self.text(name, at) if name in self.value else None

    def refuse(self, message: str, at: Pointer) -> NoReturn:
        raise InputError(message, hint=PRINTED, origin=self.origin(at))


# IAM API Reference, Role: arnType has 2,048 characters at most; paths and names have none that do not show.
_ARN = re.compile(r"arn:[a-z0-9-]+:iam::(\d{12}|aws):(role|user|group|policy)/[\x21-\x7e]{1,2000}", re.ASCII)


def _is_text(value: object) -> bool:
    """Whether it was written as text; a number is kept as it was written, and is none."""
    return isinstance(value, str) and not isinstance(value, Number)
