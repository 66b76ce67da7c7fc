"""The organization of a live account: where accounts stand in it, and the policies on the way to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.sources._live import Calls, DeniedError, MissingError, Unseen, written

_BOTH = frozenset({PolicyType.SCP, PolicyType.RCP})
_KINDS = {"SERVICE_CONTROL_POLICY": PolicyType.SCP, "RESOURCE_CONTROL_POLICY": PolicyType.RCP}

MOST_DEEP = 16
"""Units below each other that are followed; an organization has at most five (Organizations User Guide, "Quotas")."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Where an account stands in an organization; `organization` and `seen` as in `Account`."""

    organization: str | None = None
    management: bool = False
    seen: frozenset[PolicyType] = frozenset()
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """An account of an organization; `active` is whether it can be used."""

    id: str
    active: bool
    place: Membership


def membership(calls: Calls, account: str, unseen: Unseen) -> Membership:
    """
    The organization and its policies; member accounts may mostly ask for the first only.

    Source: Organizations API Reference, DescribeOrganization and ListPoliciesForTarget.
    """
    try:
        found = calls.one("organizations:DescribeOrganization")["Organization"]
    except MissingError:
        return Membership("", seen=_BOTH)
    except DeniedError as error:
        unseen("organization policies", str(error))
        return Membership()
    if found["MasterAccountId"] == account:
        return _manager(found)
    try:
        return _Levels(calls, found).of(tuple(_path(calls, account)))
    except (DeniedError, MissingError) as error:
        unseen("organization policies", f"{error}; the management account may ask")
        return Membership(found["Id"])


def members(calls: Calls, unseen: Unseen) -> tuple[Member, ...]:
    """
    Every account of the organization, by id, each with the policies of its path from the root.

    Raises `InputError` where there is no organization or its accounts may not be listed: whoever asks for all
    of them is not content with some. Source: Organizations API Reference, ListAccountsForParent and
    ListOrganizationalUnitsForParent.
    """
    try:
        found = calls.one("organizations:DescribeOrganization")["Organization"]
        levels = _Levels(calls, found)
        listed = sorted(_accounts(calls, levels.root))
    except MissingError:
        raise InputError("the account is in no organization", hint="leave --organization out") from None
    except DeniedError as error:
        raise InputError(
            f"{error}, so the accounts of the organization are not known",
            hint="ask with the management account or one that it delegated to, or leave --organization out",
        ) from None
    result = []
    for account, active, path in listed:
        place = Membership(found["Id"])
        try:
            place = _manager(found) if found["MasterAccountId"] == account else levels.of(path)
        except (DeniedError, MissingError, InputError) as error:
            unseen(f"organization policies of {account}", str(error))
        result.append(Member(account, active, place))
    return tuple(result)


def _manager(found: Mapping[str, Any]) -> Membership:
    # Neither kind restricts the management account (Organizations User Guide, "SCP effects on permissions", "RCPs").
    return Membership(found["Id"], management=True, seen=_BOTH)


class _Levels:
    """The policies of an organization, each target and each document asked for once."""

    def __init__(self, calls: Calls, organization: Mapping[str, Any]) -> None:
        self.calls = calls
        self.organization = organization
        root = _first(calls, "organizations:ListRoots", "Roots")
        self.root = str(root["Id"])
        self.enabled = {item["Type"] for item in root.get("PolicyTypes", ()) if item["Status"] == "ENABLED"}
        self.targets: dict[tuple[str, str], tuple[Policy, ...]] = {}
        self.contents: dict[str, str] = {}

    def of(self, path: tuple[str, ...]) -> Membership:
        """What applies at the end of a path, which begins with the root."""
        scps, rcps = (
            tuple(self._level(target, kind) for target in path) if kind in self.enabled else () for kind in _KINDS
        )
        return Membership(self.organization["Id"], seen=_BOTH, scps=scps, rcps=rcps)

    def _level(self, target: str, kind: str) -> tuple[Policy, ...]:
        if (target, kind) not in self.targets:
            asked = {"TargetId": target, "Filter": kind}
            attached = self.calls.many("organizations:ListPoliciesForTarget", "Policies", **asked)
            self.targets[target, kind] = tuple(self._policy(item, target) for item in attached)
        return self.targets[target, kind]

    def _policy(self, item: Mapping[str, Any], target: str) -> Policy:
        name = item["Id"]
        if name not in self.contents:
            self.contents[name] = self.calls.one("organizations:DescribePolicy", PolicyId=name)["Policy"]["Content"]
        origin = Origin(f"organizations:DescribePolicy {name} at {target}")
        return written(self.contents[name], origin, item["Name"], item["Arn"])


def _path(calls: Calls, account: str) -> Iterator[str]:
    """The ids from the root down to the account."""
    path = [account]
    while not path[0].startswith("r-") and len(path) < MOST_DEEP:
        path.insert(0, _first(calls, "organizations:ListParents", "Parents", ChildId=path[0])["Id"])
    yield from path


def _accounts(calls: Calls, root: str) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Each account below the root: its id, whether it is active, and the ids from the root down to it."""
    above: list[tuple[str, ...]] = [(root,)]
    while above:
        path = above.pop()
        for item in calls.many("organizations:ListAccountsForParent", "Accounts", ParentId=path[-1]):
            # `State` takes the place of `Status` (Organizations API Reference, Account).
            state = item.get("State") or item.get("Status")
            yield str(item["Id"]), state == "ACTIVE", (*path, str(item["Id"]))
        if len(path) < MOST_DEEP:
            units = calls.many(
                "organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=path[-1]
            )
            above += [(*path, str(item["Id"])) for item in units]


def _first(calls: Calls, action: str, key: str, **parameters: str) -> Mapping[str, Any]:
    for item in calls.many(action, key, **parameters):
        found: Mapping[str, Any] = item
        return found
    raise MissingError(action, f"no {key}")
