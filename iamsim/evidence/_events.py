"""One event of CloudTrail: who called what, on which resource, and which condition keys that tells."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from iamsim import redact
from iamsim.evidence import _answers, _operations
from iamsim.evidence._event_keys import KEYS, S3, S3_KEYS, SIGNATURES, SIGNED

_LONGEST = 1_024
_TAG = 256
"""Characters of a tag's value (AWS STS API Reference, "Tag")."""
_DEEP = 3
_MANY = 60


class Event(msgspec.Struct):
    """
    What is read of an event; every value may be anything, as the file is not trusted.

    `CloudTrailEvent` is the event itself as JSON, in what `aws cloudtrail lookup-events` answers.
    Source: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events".
    """

    eventTime: Any = None  # noqa: N815 - CloudTrail's own names
    eventSource: Any = None  # noqa: N815
    eventName: Any = None  # noqa: N815
    eventType: Any = None  # noqa: N815
    awsRegion: Any = None  # noqa: N815
    sourceIPAddress: Any = None  # noqa: N815
    userAgent: Any = None  # noqa: N815
    errorCode: Any = None  # noqa: N815
    errorMessage: Any = None  # noqa: N815
    userIdentity: Any = None  # noqa: N815
    requestParameters: Any = None  # noqa: N815
    additionalEventData: Any = None  # noqa: N815
    resources: Any = None
    recipientAccountId: Any = None  # noqa: N815
    vpcEndpointId: Any = None  # noqa: N815
    tlsDetails: Any = None  # noqa: N815
    eventContext: Any = None  # noqa: N815
    CloudTrailEvent: Any = None
    Records: Any = None


def identity(event: Event) -> Mapping[str, Any]:
    """The element `userIdentity`."""
    return _object(event.userIdentity)


def principal(event: Event) -> str | None:
    """
    The ARN of who called: the session, the user, else the role or the identity provider; None for a service of AWS.

    A caller of another account is told by its id alone (`AWSAccount`); the message of a refusal may name it.
    Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element".
    """
    who = identity(event)
    issuer = _object(_object(who.get("sessionContext")).get("sessionIssuer"))
    for each in (who.get("arn"), issuer.get("arn"), who.get("identityProvider")):
        if isinstance(each, str) and each.startswith("arn:") and len(each) <= _LONGEST:
            return each
    return None


def parameters(event: Event, operation: str) -> dict[str, str]:
    """The parameters of the request as the API spells them, with dots between levels: `Bucket`, `CopySource.VersionId`."""
    told: dict[str, str] = {}
    given = _object(event.requestParameters)
    if not given:
        return told
    s3 = operation.startswith("s3:")
    for name, value in _flat(given, "", 0):
        spelled = S3.get(name, "") if s3 and (name in S3 or name.startswith("x-amz-")) else _capital(name)
        if spelled and len(told) < _MANY:
            told[spelled] = value
    source = told.pop("CopySource", None)
    if source is not None:
        bucket, _, key = source.removeprefix("/").partition("/")
        key, _, version = key.partition("?versionId=")
        told |= {
            "CopySource.Bucket": bucket,
            "CopySource.Key": key,
            **({"CopySource.VersionId": version} if version else {}),
        }
    return told


def resource(event: Event, operation: str, action: str | None, values: Mapping[str, str]) -> str | None:
    """The ARN of what was asked for: by the parameters, else the only one that the event names."""
    if (
        operation.startswith("kms:")
        and values.get("KeyId", "").startswith(("alias/", "arn:"))
        and ":key/" not in values["KeyId"]
    ):
        values = {}  # which key an alias stands for is told by `resources` alone
    region, account = _text(event.awsRegion) or "", _text(identity(event).get("accountId")) or ""
    built = _operations.resource(operation, action, values, region, account)
    named = list(dict.fromkeys(_resources(event)))
    if built in named or not named:
        return built
    # An ARN that was built may lack the path of an IAM name.
    close = [arn for arn in named if built and arn.rpartition("/")[2] == built.rpartition("/")[2]]
    likely = close or named
    return likely[0] if len(likely) == 1 else built


def without_credentials(values: Mapping[str, str]) -> Mapping[str, str]:
    """The values of parameters as they may be shown, in an ARN that is built of them too."""
    return {name: redact.line(value) for name, value in values.items()}


def context(event: Event, operation: str, values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """
    The condition keys that the event tells, lower case, with their values as they stood in the request.

    What the event does not tell is absent here, which says nothing of whether the request had it.
    Sources: IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys"; AWS
    CloudTrail User Guide, "CloudTrail userIdentity element" and "Enrich CloudTrail events by adding resource tag keys
    and IAM global condition keys".
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, value in (*_of_caller(event), *_of_network(event), *_of_request(event, operation, values)):
        text = _text(value)
        if text is not None:
            found[name.lower()] = (text,)
    if operation.startswith("sts:"):
        found |= _of_tags(_object(event.requestParameters))
    return found | _enriched(_object(event.eventContext))


def moment(event: Event) -> datetime | None:
    """When the request was completed."""
    told = event.eventTime
    return _moment(told) if isinstance(told, str) and len(told) <= _MANY else _answers.moment(told)


# ---------------------------------------------------------------- helpers


def _of_caller(event: Event) -> Iterator[tuple[str, Any]]:
    who = identity(event)
    kind = who.get("type")
    session = _object(who.get("sessionContext"))
    attributes = _object(session.get("attributes"))
    invoked = who.get("invokedBy")
    if kind == "AWSService":
        yield "aws:PrincipalIsAWSService", "true"
        yield "aws:PrincipalServiceName", invoked
        return
    yield "aws:PrincipalAccount", who.get("accountId")
    if kind in {"WebIdentityUser", "SAMLUser"}:
        yield from _of_token(who, str(kind))
    else:
        yield "aws:userid", who.get("principalId")
    if kind == "IAMUser":
        yield "aws:username", who.get("userName")
    # A role session always says whether it had MFA; a user's own keys have neither key (IAM User Guide).
    yield "aws:MultiFactorAuthPresent", attributes.get("mfaAuthenticated")
    yield "aws:TokenIssueTime", attributes.get("creationDate")
    yield "aws:SourceIdentity", session.get("sourceIdentity")
    yield "ec2:RoleDelivery", session.get("ec2RoleDelivery")
    yield "aws:FederatedProvider", _object(session.get("webIdFederationData")).get("federatedProvider")
    if isinstance(invoked, str) and invoked.endswith(".amazonaws.com"):
        yield "aws:ViaAWSService", "true"
        yield "aws:CalledViaLast", invoked


def _of_token(who: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    """What a token told: `principalId` is provider, audience and subject with colons between, `userName` the subject."""
    provider, whole, subject = (_text(who.get(name)) or "" for name in ("identityProvider", "principalId", "userName"))
    if kind == "SAMLUser":
        yield "saml:sub", subject
        return
    host = provider.partition(":oidc-provider/")[2] or provider
    if host and subject:
        yield f"{host}:sub", subject
        start = next((each for each in (f"{provider}:", f"{host}:") if whole.startswith(each)), None)
        if start is not None and whole.endswith(f":{subject}"):
            yield f"{host}:aud", whole[len(start) : -len(subject) - 1]


def _of_network(event: Event) -> Iterator[tuple[str, Any]]:
    endpoint, address = _text(event.vpcEndpointId), _text(event.sourceIPAddress)
    if address is not None and _is_address(address):
        # Through a VPC endpoint a request has no aws:SourceIp (IAM User Guide).
        yield "aws:VpcSourceIp" if endpoint else "aws:SourceIp", address
    yield "aws:SourceVpce", endpoint
    yield "aws:RequestedRegion", event.awsRegion
    agent = _text(event.userAgent)
    yield "aws:UserAgent", agent[1:-1] if agent and agent[0] == "[" and agent[-1] == "]" else agent
    version = _object(event.tlsDetails).get("tlsVersion")
    if isinstance(version, str):
        yield "aws:SecureTransport", "true"


def _of_request(event: Event, operation: str, values: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    owners = {each.get("accountId") for each in _listed(event.resources) if isinstance(each, dict)}
    if len(owners) == 1:
        yield "aws:ResourceAccount", owners.pop()
    service = operation.partition(":")[0]
    for key, name in KEYS.get(service, ()):
        yield key, values.get(name)
    if service == "s3":
        given, besides = _object(event.requestParameters), _object(event.additionalEventData)
        for name in S3_KEYS:
            yield f"s3:{name}", given.get(name)
        yield "s3:signatureversion", SIGNATURES.get(str(besides.get("SignatureVersion")))
        yield "s3:authType", SIGNED.get(str(besides.get("AuthenticationMethod")))
        version = _text(_object(event.tlsDetails).get("tlsVersion"))
        yield "s3:TlsVersion", version.removeprefix("TLSv") if version else None


def _of_tags(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The session tags that were passed: a list of them, or a mapping where they stood in a token or an assertion."""
    tags: dict[str, str] = {}
    for each in _listed(given.get("tags"))[:_MANY]:
        pair = _object(each)
        key, value = _text(pair.get("key")), pair.get("value")
        if key is not None and isinstance(value, str):
            tags[key[:_TAG]] = value[:_TAG]
    for key, value in list(_object(given.get("principalTags")).items())[:_MANY]:
        if isinstance(value, str):
            tags[str(key)[:_TAG]] = value[:_TAG]
    found: dict[str, tuple[str, ...]] = {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    if tags:
        found["aws:tagkeys"] = tuple(tags)
    transitive = tuple(each for each in _listed(given.get("transitiveTagKeys"))[:_MANY] if isinstance(each, str))
    if transitive:
        found["sts:transitivetagkeys"] = transitive
    for key, value in list(_object(given.get("incomingTransitiveTags")).items())[:_MANY]:
        if isinstance(value, str):
            found[f"aws:principaltag/{str(key)[:_TAG].lower()}"] = (value[:_TAG],)
    return found


def _enriched(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The condition keys that CloudTrail was told to record, and the tags beside them."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in list(_object(given.get("requestContext")).items())[:_MANY]:
        values = tuple(text for text in map(_text, _listed(value) if isinstance(value, list) else [value]) if text)
        if ":" in name and values:
            found[name.lower()] = values[:_MANY]
    tags = _object(given.get("tagContext"))
    described = [("aws:principaltag", _object(tags.get("principalTags")))]
    of_resources = [_object(_object(each).get("tags")) for each in _listed(tags.get("resourceTags"))]
    if len(of_resources) == 1:
        described.append(("aws:resourcetag", of_resources[0]))
    for family, members in described:
        for key, value in list(members.items())[:_MANY]:
            text = _text(value)
            if text is not None:
                found[f"{family}/{str(key).lower()}"] = (text,)
    return found


def _resources(event: Event) -> Iterator[str]:
    """The ARNs that the event names."""
    for each in _listed(event.resources)[:_MANY]:
        told = _object(each)
        arn = told.get("ARN") or told.get("arn")
        if isinstance(arn, str) and arn.startswith("arn:") and len(arn) <= 2 * _LONGEST:
            yield arn


def _flat(given: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in list(given.items())[:_MANY]:
        if isinstance(value, dict) and depth < _DEEP:
            yield from _flat(value, f"{before}{_capital(name) if before else name}.", depth + 1)
            continue
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        text = _text(one)
        # A parameter whose value is not told in one text was sent all the same: it may bring an action.
        yield (f"{before}{_capital(name)}" if before else name), text if text is not None else "*"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON is any of six types
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - as above
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:  # noqa: ANN401 - as above
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _HUGE else None
    if not isinstance(value, str) or not value:
        return None
    # The end of what is kept may be half a credential, so more is redacted.
    return value if len(value) <= 2 * _LONGEST else redact.line(value[: 8 * _LONGEST])[: 2 * _LONGEST]


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    return _answers.moment(text)


_HUGE = 10**18
