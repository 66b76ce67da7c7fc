"""The resource policies of a live account, one reader for each service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from iamsim.errors import InputError
from iamsim.model.account import KeyGrant, Resource, VpcEndpoint
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.sources._grants import grants
from iamsim.sources._live import Calls, DeniedError, MissingError, Unseen, written

Reader = Callable[[Calls, Arn, Unseen], Resource]
"""Reads the resource with this ARN; raises `DeniedError` or `MissingError` where its policy is not to be had."""


def _domain(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    origin = Origin(f"es:DescribeDomain {arn}")
    found = calls.one("es:DescribeDomain", region=arn.region, DomainName=arn.name)["DomainStatus"]
    return _with(arn, origin, found.get("AccessPolicies"), "access policy")


def _key(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:
    origin = Origin(f"kms:GetKeyPolicy {arn}")
    # The only name a key policy can have (KMS API Reference, GetKeyPolicy).
    text = calls.one("kms:GetKeyPolicy", region=arn.region, KeyId=str(arn), PolicyName="default")["Policy"]
    policy = written(text, origin, f"key policy of {arn}")
    return key_without_policy(calls, arn, unseen, Resource(str(arn), policy, origin=origin))


def key_without_policy(calls: Calls, arn: Arn, unseen: Unseen, key: Resource) -> Resource:
    """`key` with who manages it and its grants."""
    settings = {}
    try:
        found = calls.one("kms:DescribeKey", region=arn.region, KeyId=str(arn))["KeyMetadata"]
        settings["key_manager"] = str(found["KeyManager"])
    except (DeniedError, MissingError) as error:
        unseen(str(arn), f"{error}, so whether AWS manages it is not known")
    return replace(key, settings=settings, grants=_grants(calls, arn, unseen))


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


def _queue(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    """
    A queue that is in play, whose URL has to be asked for.

    Source: Amazon SQS API Reference, GetQueueUrl.
    """
    who = {"QueueName": arn.resource, "QueueOwnerAWSAccountId": arn.account}
    return queue(calls, arn, calls.one("sqs:GetQueueUrl", region=arn.region, **who)["QueueUrl"])


def queue(calls: Calls, arn: Arn, url: str) -> Resource:
    """The queue behind a URL; without the attribute it has no policy (Amazon SQS API Reference, GetQueueAttributes)."""
    asked = {"QueueUrl": url, "AttributeNames": ["Policy"]}
    found = calls.one("sqs:GetQueueAttributes", region=arn.region, **asked).get("Attributes", {})
    return _with(arn, Origin(f"sqs:GetQueueAttributes {arn}"), found.get("Policy"))


def _topic(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    found = calls.one("sns:GetTopicAttributes", region=arn.region, TopicArn=str(arn))["Attributes"]
    return _with(arn, Origin(f"sns:GetTopicAttributes {arn}"), found.get("Policy"))


def _secret(calls: Calls, arn: Arn, unseen: Unseen) -> Resource:  # noqa: ARG001 - one shape for all readers
    found = calls.one("secretsmanager:GetResourcePolicy", region=arn.region, SecretId=str(arn))
    return _with(arn, Origin(f"secretsmanager:GetResourcePolicy {arn}"), found.get("ResourcePolicy"))


def endpoint(found: Mapping[str, object], unseen: Unseen) -> VpcEndpoint:
    """A VPC endpoint as EC2 lists it; a service that takes no endpoint policy has none there."""
    name = str(found["VpcEndpointId"])
    origin = Origin(f"ec2:DescribeVpcEndpoints {name}")
    text = found.get("PolicyDocument")
    try:
        return VpcEndpoint(name, written(text, origin, f"policy of {name}") if text else None, origin)
    except InputError as error:
        unseen(name, f"its policy is not readable: {error.message}")
        return VpcEndpoint(name, None, origin, unread=error.message)


def _optional(arn: Arn, origin: Origin, ask: Callable[[], str | None]) -> Resource:
    """For services that answer "not found" both for a missing policy and for a missing resource."""
    try:
        text = ask()
    except MissingError:
        text = None
    return _with(arn, origin, text)


def _with(arn: Arn, origin: Origin, text: str | None, what: str = "policy") -> Resource:
    return Resource(str(arn), written(text, origin, f"{what} of {arn}") if text else None, origin=origin)


READERS: Mapping[str, Reader] = {
    "es": _domain,
    "kms": _key,
    "lambda": _function,
    "glue": _catalog,
    "sqs": _queue,
    "sns": _topic,
    "secretsmanager": _secret,
}
"""The reader for each service of ARNs; buckets have one of their own."""
