"""
What decides beside policies, as naively as AWS states it: grants of keys, ACLs, and the bucket behind an access point.

Where a thing is not told, every way it can be is decided by `tests/reference.py`; where the ways
differ, the answer is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamsim import documents
from iamsim.model.origin import Origin
from iamsim.model.policy import Layers, Policy
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.model.verdict import Decision, Layer

Json = Mapping[str, Any]
Told = tuple[Decision, Layer | None]

# KMS API Reference, GrantConstraints: cryptographic operations with a symmetric key.
WITH_CONTEXT = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
GRANTABLE = (*WITH_CONTEXT, "CreateGrant", "DescribeKey", "GetPublicKey", "Sign", "Verify", "GenerateMac", "VerifyMac")
# Amazon S3 User Guide, "Access control list (ACL) overview".
BY_ACL = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject", "s3:GetObjectAcl", "s3:GetBucketAcl")
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def readings(layers: Layers, given: Json, caller: Principal, action: str, *, foreign: bool) -> Iterator[Layers]:
    """The layers of a request in every way that what was not told can be; `given` is the resource as the vector has it."""
    if action.startswith("kms:"):
        yield from of_key(layers, given, caller, action, foreign=foreign)
    elif action in BY_ACL and given.get("settings", {}).get("object_ownership") in (
        "ObjectWriter",
        "BucketOwnerPreferred",
    ):
        yield layers
        # S3-014, S3-015, S3-020: an ACL names an account, which then decides; or everyone, unless that is ignored.
        ignored = given["settings"].get("ignore_public_acls") == "true"
        if caller.kind is PrincipalKind.ANONYMOUS and not ignored:
            yield replace(layers, resource=joined(given, {"Principal": "*", "Action": list(BY_ACL)}))
        elif caller.account:
            yield replace(
                layers, resource=joined(given, {"Principal": {"AWS": caller.account}, "Action": list(BY_ACL)})
            )
    else:
        yield layers


def of_key(layers: Layers, given: Json, caller: Principal, action: str, *, foreign: bool) -> Iterator[Layers]:
    """KMS-008, KMS-009, KMS-012."""
    manager = given.get("settings", {}).get("key_manager")
    every = [()] if manager == "AWS" else [layers.rcps] if manager or foreign else [layers.rcps, ()]
    listed = [statement for grant in given.get("grants", ()) for statement in of_grant(grant)]
    anyone = {"Principal": "*", "Action": [f"kms:{name}" for name in GRANTABLE]}
    ways = [listed] if "grants" in given else [listed, [anyone]]
    for rcps in every:
        for statements in ways:
            found = replace(layers, rcps=rcps, resource=joined(given, *statements))
            yield found
            names = any(action in s["Action"] and speaks_of(s["Principal"], caller) for s in statements)
            if foreign and names:
                # Is a policy of the caller's own account needed beside the grant? A page says once each way.
                whole = documents.policy_of(EVERYTHING, origin=Origin("vector"), name="whatever")
                yield replace(found, identity=(*found.identity, whole))


def of_grant(grant: Json) -> Iterator[Json]:
    constraints = grant.get("Constraints", {})
    pairs = {**constraints.get("EncryptionContextEquals", {}), **constraints.get("EncryptionContextSubset", {})}
    condition: dict[str, dict[str, Any]] = {"StringEquals": {f"kms:EncryptionContext:{k}": v for k, v in pairs.items()}}
    if "EncryptionContextEquals" in constraints:
        names = list(constraints["EncryptionContextEquals"])
        condition["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": names}
    for operation in grant["Operations"]:
        found: dict[str, Any] = {"Principal": {"AWS": grant["GranteePrincipal"]}, "Action": [f"kms:{operation}"]}
        yield {**found, "Condition": condition} if pairs and operation in WITH_CONTEXT else found


def speaks_of(principal: Any, caller: Principal) -> bool:
    return principal == "*" or principal["AWS"] in (caller.arn, caller.entity, f"arn:aws:iam::{caller.account}:root")


def joined(given: Json, *statements: Json) -> Policy | None:
    """The resource's policy with more Allow statements."""
    own = given.get("policy", {"Version": "2012-10-17", "Statement": []})
    more = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    document = {**own, "Statement": [*json.loads(json.dumps(own["Statement"])), *more]}
    if not document["Statement"]:
        return None
    return documents.policy_of(document, origin=Origin("vector"), name="policy")


def common(answers: list[Told]) -> Told:
    """The one answer that all ways give, else unknown."""
    return answers[0] if len({decision for decision, _ in answers}) == 1 else (Decision.UNKNOWN, None)


# ---------------------------------------------------------------- access points


def network(given: Json, stated: Mapping[str, tuple[str, ...]]) -> Told | None:
    """S3-027: what a bound network makes of the request before any policy is read."""
    vpc = given.get("settings", {}).get("vpc")
    if vpc is None or stated.get("aws:sourcevpc") == (vpc,):
        return None
    told = "aws:sourcevpc" in stated or "aws:sourceip" in stated
    return (Decision.IMPLICIT_DENY, Layer.SERVICE) if told else (Decision.UNKNOWN, None)


def through(at_point: Told, by_own: Told, at_bucket: Told, *, foreign: bool) -> Told:
    """
    S3-026: both have to permit. `by_own` is the answer at the point without its policy.

    What is not said is whether the caller's own policies have to name the bucket too, where they do
    name the access point.
    """
    decision, layer = at_bucket
    if at_point[0] is not Decision.ALLOWED:
        return at_point
    own = layer in (Layer.IDENTITY, Layer.BOUNDARY, Layer.SCP, Layer.SESSION) and not foreign
    granted_by_point = by_own[0] is not Decision.ALLOWED and decision is Decision.IMPLICIT_DENY
    return (Decision.UNKNOWN, None) if own and not granted_by_point else at_bucket
