"""All of a live account's IAM, by the one call that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.errors import InputError
from iamsim.model.account import Group, Role, User
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._live import Calls, DeniedError, Principals, Unseen, tags, written

_DETAILS = "iam:GetAccountAuthorizationDetails"

_KINDS = {
    "LocalManagedPolicy": "Policies",
    "AWSManagedPolicy": "Policies",
    "Group": "GroupDetailList",
    "User": "UserDetailList",
    "Role": "RoleDetailList",
}
"""What is asked for, each apart, so that a reading which ends goes on where it was; and where it stands in the answer."""


@dataclass(frozen=True, slots=True)
class Entities:
    """The principals and managed policies of an account, by ARN; `seen` is whether all of them were."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    seen: bool = False


def entities(calls: Calls, unseen: Unseen) -> Entities:
    """
    Every role, user, group and managed policy of the account; nothing of it where that may not be read.

    Source: IAM API Reference, GetAccountAuthorizationDetails. It does not tell how long sessions of a role may
    be, ListRoles does.
    """
    try:
        found = {kind: list(calls.many(_DETAILS, key, Filter=[kind])) for kind, key in _KINDS.items()}
    except DeniedError as error:
        unseen("IAM", f"{error}, so no role, user, group and managed policy is known")
        return Entities()
    read = _Reader(calls, unseen)
    read.managed((*found["LocalManagedPolicy"], *found["AWSManagedPolicy"]))
    longest = _longest(calls, unseen)
    groups = {item["Arn"]: read.group(item) for item in found["Group"]}
    names = {item["GroupName"]: item["Arn"] for item in found["Group"]}
    users = {item["Arn"]: read.user(item, names) for item in found["User"]}
    roles = {item["Arn"]: read.role(item, longest.get(item["Arn"])) for item in found["Role"]}
    return Entities(roles, users, groups, read.known(), seen=True)


def _longest(calls: Calls, unseen: Unseen) -> dict[str, int | None]:
    """The longest session of each role, in seconds."""
    try:
        return {item["Arn"]: item.get("MaxSessionDuration") for item in calls.many("iam:ListRoles", "Roles")}
    except DeniedError as error:
        unseen("longest sessions of the roles", f"{error}, so how long their sessions may be is not known")
        return {}


class _Reader:
    """Reads the items of the answer; a policy whose text is no policy is attached and not read."""

    def __init__(self, calls: Calls, unseen: Unseen) -> None:
        self.unseen = unseen
        self.policies: dict[str, Policy | None] = {}
        # For what the answer left out, such as a boundary that is an AWS managed policy.
        self.rest = Principals(calls, unseen)

    def managed(self, items: Iterable[Mapping[str, Any]]) -> None:
        for item in items:
            arn, version = str(item["Arn"]), item["DefaultVersionId"]
            for each in item.get("PolicyVersionList", ()):
                if each["VersionId"] == version and "Document" in each:
                    self.policies[arn] = self.text(each["Document"], f"{arn} {version}", arn.rsplit("/", 1)[-1], arn)

    def known(self) -> dict[str, Policy]:
        return {arn: policy for arn, policy in sorted(self.policies.items()) if policy is not None}

    def role(self, item: Mapping[str, Any], longest: int | None) -> Role:
        arn, name = str(item["Arn"]), str(item["RoleName"])
        policies, unread = self.attached(item, "RolePolicyList")
        boundary, boundary_arn = self.boundary(item)
        return Role(
            arn=arn,
            trust=self.text(item["AssumeRolePolicyDocument"], arn, f"trust policy of {name}"),
            policies=policies,
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=tags(item.get("Tags", ())),
            unique_id=item["RoleId"],
            max_session_duration=longest,
            unread=unread,
            origin=Origin(f"{_DETAILS} {arn}"),
        )

    def user(self, item: Mapping[str, Any], groups: Mapping[str, str]) -> User:
        arn = str(item["Arn"])
        policies, unread = self.attached(item, "UserPolicyList")
        boundary, boundary_arn = self.boundary(item)
        return User(
            arn=arn,
            policies=policies,
            # A group made between two pages is known by its name only, and so its policies are not.
            groups=tuple(groups.get(name, name) for name in item.get("GroupList", ())),
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=tags(item.get("Tags", ())),
            unique_id=item["UserId"],
            unread=unread,
            origin=Origin(f"{_DETAILS} {arn}"),
        )

    def group(self, item: Mapping[str, Any]) -> Group:
        policies, unread = self.attached(item, "GroupPolicyList")
        return Group(str(item["Arn"]), policies, unread, Origin(f"{_DETAILS} {item['Arn']}"))

    def attached(self, item: Mapping[str, Any], inline: str) -> tuple[tuple[Policy, ...], tuple[str, ...]]:
        """The inline and managed policies of an entity, and what of them was not readable."""
        found, unread = [], []
        for each in item.get(inline, ()):
            name = str(each["PolicyName"])
            policy = self.text(each["PolicyDocument"], f"{item['Arn']} {name}", name)
            if policy is None:
                unread.append(name)
            else:
                found.append(policy)
        for each in item.get("AttachedManagedPolicies", ()):
            policy = self.of(each["PolicyArn"])
            if policy is None:
                unread.append(each["PolicyArn"])
            else:
                found.append(policy)
        return tuple(found), tuple(unread)

    def boundary(self, item: Mapping[str, Any]) -> tuple[Policy | None, str | None]:
        arn = item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return (self.of(arn), arn) if arn else (None, None)

    def of(self, arn: str) -> Policy | None:
        """A managed policy, asked for where the answer did not hold it."""
        if arn not in self.policies:
            try:
                self.policies[arn] = self.rest.managed(arn)
            except InputError as error:
                self.unseen(arn, f"is not readable: {error.message}")
                self.policies[arn] = None
        return self.policies[arn]

    def text(self, value: object, subject: str, name: str, arn: str | None = None) -> Policy | None:
        try:
            return written(value, Origin(f"{_DETAILS} {subject}"), name, arn)
        except InputError as error:
            self.unseen(subject, f"{name} is not readable: {error.message}")
            return None
