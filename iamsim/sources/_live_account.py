"""The policies of a live account that hang on resources or come from its organization."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iamsim.errors import InputError
from iamsim.model.account import KeyGrant, Resource, Role
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE
from iamsim.sources._grants import grants
from iamsim.sources._live import Calls, DeniedError, MissingError, written
from iamsim.sources._live_bucket import Buckets
from iamsim.sources._oidc_providers import oidc_providers

Unseen = Callable[[str, str], None]


def resources(calls: Calls, account: str, arns: tuple[str, ...], unseen: Unseen) -> Iterator[Resource]:
    """
    The buckets, domains, keys, functions and Glue catalogs behind `arns`, each with its policy.

    A resource whose policy may not be read is left out, so that it stays unknown; `unseen` hears
    of it. Services whose resources carry no policy are passed over.
    """
    asked: dict[str, Resource | None] = {}
    buckets = Buckets(calls, account, unseen)
    for arn in arns:
        parsed = Arn.parse(arn)
        if parsed.service != "s3" and parsed.service not in _READERS:
            continue
        carrier = _carrier(parsed)
        if any(mark in carrier for mark in (HOLE, "*", "?")):
            unseen(carrier.replace(HOLE, "…"), "which resource it is, is not told")
            continue
        if carrier not in asked:
            asked[carrier] = _asked(buckets, carrier)
        found = asked[carrier]
        if found is None:
            continue
        if parsed.service == "glue":
            # One policy covers every database and table of an account and region, whose ARNs do not begin alike.
            yield Resource(arn, found.policy, None, found.settings, found.origin)
        else:
            yield found


def registered(calls: Calls, roles: tuple[Role, ...], unseen: Unseen) -> dict[str, tuple[str, ...]] | None:
    """
    The account's OIDC providers as in `Account`, where the trust policy of one of `roles` names one; else None.

    All of them or None: a list with holes would refuse tokens that STS takes. `unseen` hears why.
    """
    if not any(map(_trusts_providers, roles)):
        return None
    action = "iam:GetOpenIDConnectProvider"
    try:
        listed = calls.one("iam:ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
        answers = [calls.one(action, OpenIDConnectProviderArn=item["Arn"]) for item in listed]
        told = [{name: answer.get(name) for name in ("Url", "ClientIDList")} for answer in answers]
        return oidc_providers(json.dumps(told), action)
    except (DeniedError, MissingError) as error:
        unseen("OIDC providers", f"{error}, so which the account has is not known")
    except InputError as error:
        unseen("OIDC providers", f"which the account has is not known: {error.message}")
    return None


def _trusts_providers(role: Role) -> bool:
    return role.trust is not None and any(
        ":oidc-provider/" in name
        for statement in role.trust.statements
        if statement.principal is not None
        for name in statement.principal.federated
    )


@dataclass(frozen=True, slots=True)
class Membership:
    """Where the account stands in an organization; `organization` and `seen` as in `Account`."""

    organization: str | None = None
    management: bool = False
    seen: frozenset[PolicyType] = frozenset()
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()


def membership(calls: Calls, account: str, unseen: Unseen) -> Membership:
    """
    The organization and its policies; member accounts may mostly ask for the first only.

    Source: Organizations API Reference, DescribeOrganization and ListPoliciesForTarget.
    """
    both = frozenset({PolicyType.SCP, PolicyType.RCP})
    try:
        found = calls.one("organizations:DescribeOrganization")["Organization"]
    except MissingError:
        return Membership("", seen=both)
    except DeniedError as error:
        unseen("organization policies", str(error))
        return Membership()
    if found["MasterAccountId"] == account:
        # Neither kind restricts the management account (Organizations User Guide, "SCP effects on permissions", "RCPs").
        return Membership(found["Id"], management=True, seen=both)
    try:
        root = _first(calls, "organizations:ListRoots", "Roots")
        enabled = {item["Type"] for item in root.get("PolicyTypes", ()) if item["Status"] == "ENABLED"}
        targets = tuple(_path(calls, account))
        scps, rcps = (
            tuple(_level(calls, target, kind) for target in targets) if kind in enabled else ()
            for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        )
    except (DeniedError, MissingError) as error:
        unseen("organization policies", f"{error}; the management account may ask")
        return Membership(found["Id"])
    return Membership(found["Id"], seen=both, scps=scps, rcps=rcps)


def _path(calls: Calls, account: str) -> Iterator[str]:
    """The ids from the root down to the account."""
    path = [account]
    while not path[0].startswith("r-"):
        path.insert(0, _first(calls, "organizations:ListParents", "Parents", ChildId=path[0])["Id"])
    yield from path


def _first(calls: Calls, action: str, key: str, **parameters: str) -> Mapping[str, Any]:
    for item in calls.many(action, key, **parameters):
        found: Mapping[str, Any] = item
        return found
    raise MissingError(action, f"no {key}")


def _level(calls: Calls, target: str, kind: str) -> tuple[Policy, ...]:
    found = []
    for item in calls.many("organizations:ListPoliciesForTarget", "Policies", TargetId=target, Filter=kind):
        content = calls.one("organizations:DescribePolicy", PolicyId=item["Id"])["Policy"]["Content"]
        origin = Origin(f"organizations:DescribePolicy {item['Id']} at {target}")
        found.append(written(content, origin, item["Name"], item["Arn"]))
    return tuple(found)


# ---------------------------------------------------------------- resource policies


def _carrier(arn: Arn) -> str:
    """The ARN of what carries the policy: an object's bucket, a path's domain, a table's catalog."""
    match arn.service:
        case "s3":
            resource = arn.bucket
        case "es":
            resource = "/".join(arn.resource.split("/")[:2])
        case "glue":
            resource = "catalog"
        case "lambda":
            resource = ":".join(arn.resource.split(":")[:2])
        case _:
            resource = arn.resource
    return str(Arn(arn.partition, arn.service, arn.region, arn.account, resource))


def _asked(buckets: Buckets, carrier: str) -> Resource | None:
    calls, account, unseen = buckets.calls, buckets.account, buckets.unseen
    arn = Arn.parse(carrier)
    if arn.account not in ("", account):
        unseen(carrier, f"it belongs to account {arn.account}, and the credentials to {account}")
        return None
    if arn.service == "kms" and not arn.resource.startswith("key/"):
        unseen(carrier, "policies are those of keys: name the key")
        return None
    try:
        return buckets.bucket(arn) if arn.service == "s3" else _READERS[arn.service](calls, arn, unseen)
    except (DeniedError, MissingError) as error:
        unseen(carrier, str(error))
    return None


def _domain(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    origin = Origin(f"es:DescribeDomain {arn}")
    found = calls.one("es:DescribeDomain", region=arn.region, DomainName=arn.name)["DomainStatus"]
    text = found.get("AccessPolicies")
    return Resource(str(arn), written(text, origin, f"access policy of {arn}") if text else None, origin=origin)


def _key(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:
    origin = Origin(f"kms:GetKeyPolicy {arn}")
    # The only name a key policy can have (KMS API Reference, GetKeyPolicy).
    text = calls.one("kms:GetKeyPolicy", region=arn.region, KeyId=str(arn), PolicyName="default")["Policy"]
    settings = {}
    try:
        found = calls.one("kms:DescribeKey", region=arn.region, KeyId=str(arn))["KeyMetadata"]
        settings["key_manager"] = str(found["KeyManager"])
    except (DeniedError, MissingError) as error:
        unseen(str(arn), f"{error}, so whether AWS manages it is not known")
    policy = written(text, origin, f"key policy of {arn}")
    return Resource(str(arn), policy, None, settings, origin, grants=_grants(calls, arn, unseen))


def _grants(calls: Calls, arn: Arn, unseen: Unseen) -> tuple[KeyGrant, ...] | None:
    """The grants of a key; None where they may not be listed, or hold what is not known here."""
    document = f"kms:ListGrants {arn}"
    try:
        found = list(calls.many("kms:ListGrants", "Grants", region=arn.region, KeyId=str(arn)))
        listed = grants(json.dumps({"Grants": found}, default=str), document)
    except (DeniedError, MissingError) as error:
        unseen(str(arn), f"{error}, so its grants are not known")
        return None
    except InputError as error:
        unseen(str(arn), f"its grants are not known: {error.message}")
        return None
    # Line numbers would count lines of an answer that nobody has as a file.
    return tuple(replace(grant, origin=Origin(document, grant.origin.pointer)) for grant in listed)


def _function(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    origin = Origin(f"lambda:GetPolicy {arn}")
    return _optional(
        arn, origin, lambda: calls.one("lambda:GetPolicy", region=arn.region, FunctionName=str(arn))["Policy"]
    )


def _catalog(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    origin = Origin(f"glue:GetResourcePolicy {arn}")
    return _optional(arn, origin, lambda: calls.one("glue:GetResourcePolicy", region=arn.region).get("PolicyInJson"))


def _optional(arn: Arn, origin: Origin, ask: Callable[[], str | None]) -> Resource:
    """For services that answer "not found" both for a missing policy and for a missing resource."""
    try:
        text = ask()
    except MissingError:
        text = None
    return Resource(str(arn), written(text, origin, f"policy of {arn}") if text else None, origin=origin)


_READERS: Mapping[str, Callable[[Calls, Arn, Unseen], Resource]] = {
    "es": _domain,
    "kms": _key,
    "lambda": _function,
    "glue": _catalog,
}
