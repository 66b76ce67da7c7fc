"""The policies of a live account that hang on the resources in play, and the providers its roles trust."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim.errors import InputError
from iamsim.model.account import Resource, Role, VpcEndpoint
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE
from iamsim.sources._live import Calls, DeniedError, MissingError, Unseen
from iamsim.sources._live_bucket import Buckets
from iamsim.sources._live_resources import READERS, endpoint
from iamsim.sources._oidc_providers import oidc_providers


def resources(calls: Calls, account: str, arns: tuple[str, ...], unseen: Unseen) -> Iterator[Resource]:
    """
    The buckets, domains, keys, functions, queues, topics, secrets and Glue catalogs behind `arns`, each with its policy.

    A resource whose policy may not be read is left out, so that it stays unknown; `unseen` hears
    of it. Services whose resources carry no policy are passed over.
    """
    asked: dict[str, Resource | None] = {}
    buckets = Buckets(calls, account, unseen)
    for arn in arns:
        parsed = Arn.parse(arn)
        if parsed.service != "s3" and parsed.service not in READERS:
            continue
        carrier = _carrier(parsed)
        if any(mark in carrier for mark in (HOLE, "*", "?")):
            unseen(carrier.replace(HOLE, "…"), "which resource it is, is not told")
            continue
        if carrier not in asked:
            asked[carrier] = _asked(buckets, carrier)
        found = asked[carrier]
        if found is not None:
            yield found


def endpoints(calls: Calls, ids: tuple[str, ...], unseen: Unseen) -> Iterator[VpcEndpoint]:
    """
    The VPC endpoints of these ids, each with its policy; one that may not be read is left out.

    Source: Amazon EC2 API Reference, DescribeVpcEndpoints.
    """
    for name in ids:
        try:
            for found in calls.many("ec2:DescribeVpcEndpoints", "VpcEndpoints", VpcEndpointIds=[name]):
                yield endpoint(found, unseen)
        except (DeniedError, MissingError) as error:
            unseen(name, str(error))


def registered(calls: Calls, roles: tuple[Role, ...], unseen: Unseen) -> dict[str, tuple[str, ...]] | None:
    """The account's OIDC providers as in `Account`, where the trust policy of one of `roles` names one; else None."""
    return oidc(calls, unseen) if _trusts(roles, ":oidc-provider/") else None


def saml_registered(calls: Calls, roles: tuple[Role, ...], unseen: Unseen) -> frozenset[str] | None:
    """The account's SAML providers as in `Account`, where the trust policy of one of `roles` names one; else None."""
    return saml(calls, unseen) if _trusts(roles, ":saml-provider/") else None


def oidc(calls: Calls, unseen: Unseen) -> dict[str, tuple[str, ...]] | None:
    """
    The account's OIDC providers as in `Account`.

    All of them or None: a list with holes would refuse tokens that STS takes. `unseen` hears why.
    """
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


def saml(calls: Calls, unseen: Unseen) -> frozenset[str] | None:
    """The ARNs of the account's SAML providers; None where they may not be listed."""
    try:
        return frozenset(str(item["Arn"]) for item in calls.one("iam:ListSAMLProviders")["SAMLProviderList"])
    except (DeniedError, MissingError) as error:
        unseen("SAML providers", f"{error}, so which the account has is not known")
    return None


def _trusts(roles: tuple[Role, ...], kind: str) -> bool:
    """Whether a trust policy names a provider of this kind."""
    return any(
        kind in name
        for role in roles
        if role.trust is not None
        for statement in role.trust.statements
        if statement.principal is not None
        for name in statement.principal.federated
    )


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
        return buckets.bucket(arn) if arn.service == "s3" else READERS[arn.service](calls, arn, unseen)
    except (DeniedError, MissingError) as error:
        unseen(carrier, str(error))
    return None
