"""What one live account says about the ARNs in play, asked call by call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from iamsim import documents, jsontext
from iamsim.errors import InputError
from iamsim.model.account import Group, Role, User
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy

Unseen = Callable[[str, str], None]
"""Hears of everything that could not be read: the subject and the reason."""


class DeniedError(Exception):
    """AWS refused to tell; the text says which permission is missing, or what else is in the way."""

    def __init__(self, action: str, why: str = "") -> None:
        super().__init__(why or f"{action}{_WAS_DENIED}")


_WAS_DENIED = " was denied"


def missing_permission(reason: str) -> str | None:
    """The permission whose lack a reason begins with, as `DeniedError` says it."""
    action, said, _ = reason.partition(_WAS_DENIED)
    return action if said and " " not in action else None


class MissingError(Exception):
    """AWS says that there is no such thing; `code` is its error code."""

    def __init__(self, action: str, code: str) -> None:
        super().__init__(f"{action} was answered `{code}`")
        self.code = code


class Calls(Protocol):
    """The read-only calls of one account; both raise `DeniedError`, `MissingError` or `OutsideError`."""

    def one(self, action: str, *, region: str = "", **parameters: object) -> Mapping[str, Any]:
        """The answer to the call that the permission `action` stands for."""

    def many(self, action: str, key: str, *, region: str = "", **parameters: object) -> Iterator[Any]:
        """The items under `key` of every page."""


class Principals:
    """
    Reads roles, users and groups.

    `unseen` hears of everything that could not be read: the subject and the reason.
    """

    def __init__(self, calls: Calls, unseen: Unseen) -> None:
        self.calls = calls
        self.unseen = unseen
        self.documents: dict[str, Policy | None] = {}

    def role(self, arn: str) -> Role | None:
        """
        The role that a role ARN or a role session's ARN names; None when it may not be read.

        Raises `InputError` when the account has no such role.
        """
        name = _entity_name(arn)
        try:
            found = self.calls.one("iam:GetRole", RoleName=name)["Role"]
        except DeniedError as error:
            self.unseen(arn, str(error))
            return None
        except MissingError:
            raise InputError(
                f"there is no role `{name}` in account {Arn.parse(arn).account}", hint="check the account and the name"
            ) from None
        _same(arn, found["Arn"])
        origin = Origin(f"iam:GetRole {found['Arn']}")
        policies, unread = self.policies("Role", name, found["Arn"])
        boundary, boundary_arn = self.boundary(found)
        return Role(
            arn=found["Arn"],
            trust=written(found["AssumeRolePolicyDocument"], origin, f"trust policy of {name}"),
            policies=policies,
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=tags(found.get("Tags", ())),
            unique_id=found["RoleId"],
            max_session_duration=found.get("MaxSessionDuration", 3600),
            unread=unread,
            origin=origin,
        )

    def user(self, arn: str) -> tuple[User, tuple[Group, ...]] | None:
        """The user and its groups; None when it may not be read. Raises `InputError` when there is none."""
        name = _entity_name(arn)
        try:
            found = self.calls.one("iam:GetUser", UserName=name)["User"]
        except DeniedError as error:
            self.unseen(arn, str(error))
            return None
        except MissingError:
            raise InputError(
                f"there is no user `{name}` in account {Arn.parse(arn).account}", hint="check the account and the name"
            ) from None
        _same(arn, found["Arn"])
        policies, unread = self.policies("User", name, found["Arn"])
        boundary, boundary_arn = self.boundary(found)
        groups: tuple[Group, ...] = ()
        try:
            groups = tuple(
                self.group(item) for item in self.calls.many("iam:ListGroupsForUser", "Groups", UserName=name)
            )
        except (DeniedError, MissingError) as error:
            self.unseen(found["Arn"], f"{error}, so its groups are not known")
            unread = (*unread, f"policies of the groups of {name}")
        user = User(
            arn=found["Arn"],
            policies=policies,
            groups=tuple(group.arn for group in groups),
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=tags(found.get("Tags", ())),
            unique_id=found["UserId"],
            unread=unread,
            origin=Origin(f"iam:GetUser {found['Arn']}"),
        )
        return user, groups

    def group(self, item: Mapping[str, Any]) -> Group:
        policies, unread = self.policies("Group", item["GroupName"], item["Arn"])
        return Group(item["Arn"], policies, unread, Origin(f"iam:ListGroupsForUser {item['Arn']}"))

    def policies(self, kind: str, name: str, arn: str) -> tuple[tuple[Policy, ...], tuple[str, ...]]:
        """The inline and managed policies of a `Role`, `User` or `Group`, and what of them was not readable."""
        found: list[Policy] = []
        unread: list[str] = []
        who = {f"{kind}Name": name}
        action = f"iam:Get{kind}Policy"
        try:
            for inline in self.calls.many(f"iam:List{kind}Policies", "PolicyNames", **who):
                try:
                    answer = self.calls.one(action, **who, PolicyName=inline)
                    found.append(written(answer["PolicyDocument"], Origin(f"{action} {arn} {inline}"), inline))
                except (DeniedError, MissingError) as error:
                    self.unseen(f"{arn} {inline}", str(error))
                    unread.append(inline)
        except (DeniedError, MissingError) as error:
            self.unseen(arn, str(error))
            unread.append(f"inline policies of {name}")
        try:
            for attached in self.calls.many(f"iam:ListAttached{kind}Policies", "AttachedPolicies", **who):
                policy = self.managed(attached["PolicyArn"])
                if policy is None:
                    unread.append(attached["PolicyArn"])
                else:
                    found.append(policy)
        except (DeniedError, MissingError) as error:
            self.unseen(arn, str(error))
            unread.append(f"managed policies of {name}")
        return tuple(found), tuple(unread)

    def boundary(self, found: Mapping[str, Any]) -> tuple[Policy | None, str | None]:
        arn = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return (self.managed(arn), arn) if arn else (None, None)

    def managed(self, arn: str) -> Policy | None:
        """The default version of a managed policy, asked once; None when it may not be read."""
        if arn not in self.documents:
            try:
                version = self.calls.one("iam:GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
                answer = self.calls.one("iam:GetPolicyVersion", PolicyArn=arn, VersionId=version)["PolicyVersion"]
                origin = Origin(f"iam:GetPolicyVersion {arn} {version}")
                self.documents[arn] = written(answer["Document"], origin, arn.rsplit("/", 1)[-1], arn)
            except (DeniedError, MissingError) as error:
                self.unseen(arn, str(error))
                self.documents[arn] = None
        return self.documents[arn]


def written(value: object, origin: Origin, name: str, arn: str | None = None) -> Policy:
    """A policy as AWS answers it: IAM's come parsed, those of other services as text."""
    # Line numbers would count lines of an answer that nobody has as a file; pointers hold.
    parsed = jsontext.load(value, origin.document) if isinstance(value, str) else value
    return documents.policy_of(parsed, origin=origin, name=name, arn=arn)


def tags(items: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as IAM lists them."""
    return {item["Key"]: item["Value"] for item in items}


def _entity_name(arn: str) -> str:
    """The name that IAM's calls take: the last of a role's or user's path, the role of a session."""
    parsed = Arn.parse(arn)
    return parsed.resource.split("/")[1] if parsed.service == "sts" else parsed.name


def _same(asked: str, found: str) -> None:
    """IAM is asked by name, and answers with an entity on any path."""
    if Arn.parse(asked).service == "iam" and asked != found:
        raise InputError(f"there is no `{asked[:200]}`", hint=f"the one of that name is `{found}`")
