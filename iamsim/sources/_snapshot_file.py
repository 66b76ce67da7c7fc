"""A snapshot: one JSON file that holds an organization as it was loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any

from iamsim import documents
from iamsim.model.account import (
    Account,
    Change,
    Group,
    KeyGrant,
    Organization,
    Resource,
    Role,
    User,
    VpcEndpoint,
    Workload,
)
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE

VERSION = 1
"""The version of the format; a reader refuses another."""

MARK = "iamsim_snapshot"
"""The first name in the file, with the version."""

SEEN = {
    "boundary": PolicyType.BOUNDARY,
    "identity": PolicyType.IDENTITY,
    "rcp": PolicyType.RCP,
    "resource": PolicyType.RESOURCE,
    "scp": PolicyType.SCP,
    "session": PolicyType.SESSION,
    "vpc-endpoint": PolicyType.VPC_ENDPOINT,
}
"""The words of an account's `seen`."""

NO_ORGANIZATION = "none"
"""An account's `organization` when it is in none."""


def write(organization: Organization, not_seen: Iterable[tuple[str, str]], *, at: datetime, tool_version: str) -> str:
    """
    The text of the snapshot, the same for the same organization, and ending in a newline.

    `not_seen` are pairs of subject and reason; `at` is the aware moment when the organization was read. Everything
    is sorted whose order has no meaning: entities by ARN, policies of one place by name. Read back it is the same
    organization but for origins and for that order.
    """
    shared = _Shared()
    accounts = {number: _account(account, shared) for number, account in sorted(organization.accounts.items())}
    value = {
        "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "tool_version": tool_version,
        "not_seen": [{"subject": subject, "reason": reason} for subject, reason in sorted(set(not_seen))],
        "managed_policies": {
            arn: {"name": policy.name, "document": document} for arn, (policy, document) in sorted(shared.known.items())
        },
        "accounts": accounts,
    }
    body = "".join(_lines(value, "\n  "))
    first = {MARK: str(VERSION)}
    if HOLE in body:
        mark = _mark(body)
        body = body.replace(HOLE, mark)
        first["hole"] = encode_basestring(mark)
    head = "".join(f'  "{name}": {shown},\n' for name, shown in first.items())
    # What could steer a terminal stands escaped.
    return "{\n" + head + _STEERING.sub(_escaped, body.removeprefix("{\n")) + "\n"


class _Shared:
    """The managed policies by ARN, each written once however many it is attached to."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Policy, dict[str, Any]]] = {}

    def entry(self, policy: Policy) -> str | dict[str, Any]:
        """The ARN of a policy that is written elsewhere; else the policy itself."""
        if policy.arn is None:
            return {"name": policy.name, "document": documents.document(policy)}
        first, document = self.known.get(policy.arn, (None, None))
        if first is policy:
            return policy.arn
        own = documents.document(policy)
        if first is None:
            self.known[policy.arn] = policy, own
            return policy.arn
        if first.name == policy.name and document == own:
            return policy.arn
        # Two texts under one ARN: two sources, or an edit. Neither may pass for the other.
        return {"name": policy.name, "arn": policy.arn, "document": own}

    def entries(self, policies: Iterable[Policy]) -> list[str | dict[str, Any]]:
        """Policies of one place, by name."""
        return [self.entry(policy) for policy in sorted(policies, key=lambda policy: (policy.name, policy.arn or ""))]

    def optional(self, policy: Policy | None) -> str | dict[str, Any] | None:
        return None if policy is None else self.entry(policy)


# ---------------------------------------------------------------- values; None and nothing at all are left out


def _account(account: Account, shared: _Shared) -> dict[str, Any]:
    return {
        "organization": NO_ORGANIZATION if account.organization == "" else account.organization,
        "management": account.management or None,
        "seen": [word for word, kind in SEEN.items() if kind in account.seen],
        "scps": [shared.entries(level) for level in account.scps] or None,
        "rcps": [shared.entries(level) for level in account.rcps] or None,
        "policies": shared.entries(account.policies.values()) or None,
        "roles": _by_name(account.roles, _role, shared),
        "users": _by_name(account.users, _user, shared),
        "groups": _by_name(account.groups, _group, shared),
        "resources": _by_name(account.resources, _resource, shared),
        "endpoints": _by_name(account.endpoints, _endpoint, shared),
        "oidc_providers": _providers(account.oidc_providers),
        "saml_providers": None if account.saml_providers is None else sorted(account.saml_providers),
        "more_providers": account.more_providers or None,
        "workloads": [_workload(workload) for workload in sorted(account.workloads, key=_order)] or None,
        "changes": [_change(change, shared) for change in sorted(account.changes, key=lambda change: change.of)]
        or None,
        "removed": sorted(account.removed) or None,
    }


def _by_name(
    found: Mapping[str, Any], written: Callable[[Any, _Shared], Any], shared: _Shared
) -> dict[str, Any] | None:
    return {name: written(entity, shared) for name, entity in sorted(found.items())} or None


def _role(role: Role, shared: _Shared) -> dict[str, Any]:
    return {
        "unique_id": role.unique_id,
        "max_session_duration": role.max_session_duration,
        "trust": shared.optional(role.trust),
        **_attached(role, shared),
    }


def _user(user: User, shared: _Shared) -> dict[str, Any]:
    return {"unique_id": user.unique_id, "groups": sorted(user.groups) or None, **_attached(user, shared)}


def _attached(entity: Role | User, shared: _Shared) -> dict[str, Any]:
    return {
        "boundary_arn": entity.boundary_arn,
        "boundary": shared.optional(entity.boundary),
        "tags": dict(sorted(entity.tags.items())) or None,
        **_held(entity, shared),
    }


def _held(entity: Role | User | Group, shared: _Shared) -> dict[str, Any]:
    return {"policies": shared.entries(entity.policies) or None, "unread": sorted(entity.unread) or None}


_group = _held


def _resource(resource: Resource, shared: _Shared) -> dict[str, Any]:
    grants = None if resource.grants is None else [_grant(grant) for grant in sorted(resource.grants, key=_id)]
    return {
        "bucket": resource.bucket,
        "partial": resource.partial or None,
        "adds": resource.adds or None,
        "unread": resource.unread or None,
        "tags": None if resource.tags is None else dict(sorted(resource.tags.items())),
        "settings": dict(sorted(resource.settings.items())) or None,
        "policy": shared.optional(resource.policy),
        "grants": grants,
    }


def _endpoint(endpoint: VpcEndpoint, shared: _Shared) -> dict[str, Any]:
    return {"unread": endpoint.unread or None, "policy": shared.optional(endpoint.policy)}


def _grant(grant: KeyGrant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "grantee": grant.grantee,
        "operations": list(grant.operations),
        "context_equals": None if grant.context_equals is None else dict(grant.context_equals),
        "context_subset": None if grant.context_subset is None else dict(grant.context_subset),
        "source_arn": grant.source_arn,
    }


def _providers(found: Mapping[str, tuple[str, ...]] | None) -> dict[str, Any] | None:
    return None if found is None else {issuer: sorted(clients) for issuer, clients in sorted(found.items())}


def _workload(workload: Workload) -> dict[str, Any]:
    return {
        "name": workload.name,
        "runs_on": workload.runs_on,
        "role": workload.role,
        "service_account": workload.service_account,
    }


def _change(change: Change, shared: _Shared) -> dict[str, Any]:
    return {
        "of": change.of,
        "trust": shared.optional(change.trust),
        "policies": shared.entries(change.policies) or None,
        "unread": sorted(change.unread) or None,
        "groups": sorted(change.groups) or None,
        "lost": sorted(change.lost) or None,
    }


def _id(grant: KeyGrant) -> str:
    return grant.id


def _order(workload: Workload) -> tuple[str, str, str, str]:
    return workload.name, workload.runs_on, workload.role or "", workload.service_account or ""


# ---------------------------------------------------------------- text


def _lines(value: Any, newline: str) -> Iterator[str]:  # noqa: ANN401 - JSON is any of six types
    """The value as JSON, each member on a line of its own; a member that is None is left out."""
    if isinstance(value, str):
        yield encode_basestring(value)
    elif isinstance(value, dict):
        between = "{"
        for name, member in value.items():
            if member is not None:
                yield f"{between}{newline}{encode_basestring(name)}: "
                yield from _lines(member, newline + "  ")
                between = ","
        yield "{}" if between == "{" else newline[:-2] + "}"
    elif isinstance(value, list):
        between = "["
        for member in value:
            yield between + newline
            yield from _lines(member, newline + "  ")
            between = ","
        yield "[]" if between == "[" else newline[:-2] + "]"
    else:
        yield "true" if value is True else "false" if value is False else str(value)


def _mark(body: str) -> str:
    """What stands for a piece that is not known: a text that nothing in the snapshot holds."""
    number = 1
    mark = "<unknown>"
    while mark in body:
        number += 1
        mark = f"<unknown-{number}>"
    return mark


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


_STEERING = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
