"""sts:AssumeRoleWithSAML: a provider's assertion in, a role session out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from iamsim import redact
from iamsim.engine.context import KeyedSession
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Role
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal, PrincipalKind, role_session
from iamsim.model.report import Message
from iamsim.model.server import Call
from iamsim.sts import parameters
from iamsim.sts.assume_role import SET_SOURCE_IDENTITY, TAG_SESSION, Permission
from iamsim.sts.messages import shown

OPERATION = "AssumeRoleWithSAML"
ACTION = f"sts:{OPERATION}"
ENDPOINT = "https://signin.aws.amazon.com/saml"
"""Where assertions are presented; regional endpoints are `https://REGION.signin.aws.amazon.com/saml`."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """
    What a SAML assertion says; its XML and its signature are read elsewhere, if at all.

    `provider` is the ARN of the SAML provider in IAM. `recipient` is that of the subject's
    confirmation, `format` the Format of its NameID. `attributes` maps names as written to values.
    `issued_at` and `not_on_or_after` are those of the assertion, `session_not_on_or_after` the end
    of the provider's own session; None where it has none, or where that is not told.
    Source: IAM User Guide, "Configure SAML assertions for the authentication response".
    """

    provider: str
    issuer: str
    subject: str
    recipient: str = ENDPOINT
    format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issued_at: datetime | None = None
    not_on_or_after: datetime | None = None
    session_not_on_or_after: datetime | None = None

    def roles(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the Role attribute, the role first; AWS takes them in either order."""
        found = []
        for value in self.attributes.get(_ROLE, ()):
            first, _, second = (part.strip() for part in value.partition(","))
            found.append((second, first) if ":saml-provider/" in first else (first, second))
        return tuple(found)


def call(assertion: Assertion, role_arn: str, duration: int = 3600) -> Call:
    """The call as the assertion makes it: session name, tags and source identity come from its attributes alone."""
    tags = {
        name.removeprefix(_TAG): values[0] if len(values) == 1 else HOLE
        for name, values in assertion.attributes.items()
        if name.startswith(_TAG)
    }
    return Call(
        role_arn,
        _one(assertion, _SESSION_NAME) or HOLE,
        source_identity=_one(assertion, _SOURCE_IDENTITY),
        tags=tags,
        transitive_tag_keys=tuple(assertion.attributes.get(_TRANSITIVE, ())),
        duration=duration,
    )


def errors(
    assertion: Assertion, role_arn: str, *, duration: int, max_session_duration: int | None, at: datetime | None
) -> tuple[Message, ...]:
    """
    What the call is refused for whatever the trust policy says, in the words of STS.

    Source: AWS STS API Reference, AssumeRoleWithSAML; IAM User Guide, "Configure SAML assertions
    for the authentication response" (STS-055).
    """
    of_call = parameters.errors(
        call(assertion, role_arn, duration),
        max_session_duration=max_session_duration,
        chained=False,
        operation=OPERATION,
    )
    return (*_of_assertion(assertion, role_arn, at), *of_call)


def lifetime(assertion: Assertion, duration: int, at: datetime | None) -> int | None:
    """
    How long the session lasts, in seconds: the least of what is asked for and of what the assertion allows; None where that is not told.

    Source: AWS STS API Reference, AssumeRoleWithSAML, Session Duration.
    """
    limits = [duration]
    attribute = _one(assertion, _DURATION)
    if attribute is not None:
        if not attribute.isdecimal():
            return None
        limits.append(int(attribute[:_DIGITS]))
    if assertion.session_not_on_or_after is not None:
        if at is None:
            return None
        limits.append(max(0, int((assertion.session_not_on_or_after - at).total_seconds())))
    return min(limits)


def permissions(
    assertion: Assertion,
    role_arn: str,
    simulator: Simulator,
    stated: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Permission, ...]:
    """
    The requests that AWS authorizes before it answers, each asked of the role's trust policy.

    Source: IAM User Guide, "Pass session tags in AWS STS" (STS-033, STS-055).
    """
    whole = call(assertion, role_arn)
    values: dict[str, tuple[str, ...]] = {**keys(assertion), "sts:rolesessionname": (whole.session_name,)}
    absent = {"aws:requesttag/", "sts:externalid", "sts:durationseconds", "sts:roleauthorizedbyidp"}
    tags = whole.tags or {}
    values |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    for name, found in (
        ("aws:tagkeys", tuple(tags)),
        ("sts:transitivetagkeys", whole.transitive_tag_keys),
        ("sts:sourceidentity", (whole.source_identity,) if whole.source_identity is not None else ()),
    ):
        if found:
            values[name] = found
        else:
            absent.add(name)
    provider = Arn.parse(assertion.provider)
    caller = Principal(PrincipalKind.SAML, assertion.provider, provider.account, provider.partition)
    # Every other attribute is no key, but those of which AWS's page names one key and means another.
    absent |= {f"saml:{key}" for key in _KEYS} - set(values) - _unsure(assertion)
    asked = ((ACTION, True), (SET_SOURCE_IDENTITY, whole.source_identity is not None), (TAG_SESSION, bool(tags)))
    return tuple(
        Permission(
            action,
            needed,
            simulator.request(
                caller,
                action,
                role_arn,
                values={**(stated or {}), **values},
                absent=absent - set(stated or ()),
            ),
        )
        for action, needed in asked
        if needed
    )


def keys(assertion: Assertion) -> Mapping[str, tuple[str, ...]]:
    """
    The condition keys that an assertion becomes, by lower-case name.

    saml:namequalifier is there with a value that AWS's two pages describe differently: a `HOLE`.
    Source: IAM User Guide, "IAM and AWS STS condition context keys", and the table of attributes in
    "Configure SAML assertions for the authentication response".
    """
    provider = Arn.parse(assertion.provider)
    found: dict[str, tuple[str, ...]] = {
        "saml:aud": (assertion.recipient,),
        "saml:iss": (assertion.issuer,),
        "saml:sub": (assertion.subject,),
        "saml:sub_type": (_FORMATS.get(assertion.format, assertion.format),),
        "saml:doc": (f"{provider.account}/{provider.resource.partition('/')[2]}",),
        "saml:namequalifier": (HOLE,),
    }
    for name, values in assertion.attributes.items():
        key = _ATTRIBUTES.get(name)
        if key is not None and values:
            # Of two attributes for one key AWS takes one, and does not say which.
            found[f"saml:{key}"] = (HOLE,) if f"saml:{key}" in found else values
    return found


def assumed(assertion: Assertion, role: Role | None, role_arn: str, at: datetime | None) -> Principal:
    """
    The session that a successful call gives; it is no chain, its own AssumeRole calls are.

    saml:sub, saml:sub_type and saml:namequalifier stay condition keys; whether others do, AWS's page
    tells for some services only.
    """
    whole = call(assertion, role_arn)
    stays = ("saml:sub", "saml:sub_type", "saml:namequalifier")
    found = keys(assertion)
    session = KeyedSession(
        whole.session_name,
        tags=whole.tags or {},
        transitive_tag_keys=whole.transitive_tag_keys,
        source_identity=whole.source_identity,
        issued_at=at,
        keys={key: found[key] for key in stays},
        open_keys=frozenset({"saml:", "aws:federatedprovider"}),
    )
    return role_session(
        role_arn,
        session,
        unique_id=role.unique_id if role is not None else None,
        tags=role.tags if role is not None else None,
    )


def _of_assertion(assertion: Assertion, role_arn: str, at: datetime | None) -> Iterator[Message]:
    pairs = assertion.roles()
    if not any(role == role_arn and provider == assertion.provider for role, provider in pairs):
        text = f"the assertion's Role attribute does not list {redact.line(role_arn)} with its provider"
        yield _refused("AccessDenied", text)
    if Arn.parse(assertion.provider).account != Arn.parse(role_arn).account:
        yield _refused("AccessDenied", "the SAML provider is in another account than the role")
    if not assertion.attributes.get(_SESSION_NAME):
        yield _refused("InvalidIdentityToken", "the assertion has no attribute RoleSessionName")
    yield from (
        _refused("InvalidIdentityToken", f"the assertion has several values of {name.rpartition('/')[2]}")
        for name, values in assertion.attributes.items()
        if len(values) > 1 and (name in (_SESSION_NAME, _SOURCE_IDENTITY, _DURATION) or name.startswith(_TAG))
    )
    ends = [
        assertion.issued_at + _USABLE if assertion.issued_at is not None else None,
        assertion.not_on_or_after,
    ]
    if at is not None and any(end is not None and at >= end for end in ends):
        yield _refused("ExpiredTokenException", "the assertion has expired; it is to be used within five minutes")


def _refused(code: str, text: str) -> Message:
    return Message(shown(text, operation=OPERATION, code=code), "AWS", "inferred")


def _one(assertion: Assertion, name: str) -> str | None:
    values = assertion.attributes.get(name, ())
    return values[0] if len(values) == 1 else HOLE if values else None


def _unsure(assertion: Assertion) -> set[str]:
    """Keys that may be there by an attribute whose name the page's table misspells, or that it gives another key."""
    return {f"saml:{key}" for name in assertion.attributes for key in _DOUBTFUL.get(name, ())}


_AWS = "https://aws.amazon.com/SAML/Attributes/"
_ROLE, _SESSION_NAME, _DURATION = (f"{_AWS}{name}" for name in ("Role", "RoleSessionName", "SessionDuration"))
_TAG, _TRANSITIVE, _SOURCE_IDENTITY = (
    f"{_AWS}{name}" for name in ("PrincipalTag:", "TransitiveTagKeys", "SourceIdentity")
)
# "Your request to AWS STS must be within five minutes of the issuance of the assertion."
_USABLE = timedelta(minutes=5)
_DIGITS = 9
_FORMATS = {f"urn:oasis:names:tc:SAML:2.0:nameid-format:{name}": name for name in ("persistent", "transient")}
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_PERSON, _ORGANIZATION = "urn:oid:1.3.6.1.4.1.5923.1.1.1", "urn:oid:1.3.6.1.4.1.5923.1.2.1"
_ATTRIBUTES: Mapping[str, str] = {
    **{
        f"{_PERSON}.{place}": f"eduperson{name}"
        for place, name in enumerate(
            (
                "affiliation", "nickname", "orgdn", "orgunitdn", "primaryaffiliation", "principalname", "entitlement",
                "primaryorgunitdn", "scopedaffiliation", "targetedid", "assurance",
            ),
            start=1,
        )
    },
    **{
        f"{_ORGANIZATION}.{place}": f"eduorg{name}"
        for place, name in enumerate(("homepageuri", "identityauthnpolicyuri", "legalname", "superioruri", "whitepagesuri"), start=2)
    },
    "urn:oid:2.5.4.3": "cn",
    f"{_CLAIMS}/name": "name",
    "http://schemas.xmlsoap.org/claims/CommonName": "commonname",
    f"{_CLAIMS}/givenname": "givenname",
    f"{_CLAIMS}/surname": "surname",
    f"{_CLAIMS}/emailaddress": "mail",
    "2.5.4.3": "commonname",
    "2.5.4.4": "surname",
    "2.5.4.45": "x500uniqueidentifier",
    "0.9.2342.19200300.100.1.45": "organizationstatus",
}  # fmt: skip
# The table prints some object identifiers with slips, and says uid of the primary group, which has a key of its own.
_DOUBTFUL: Mapping[str, tuple[str, ...]] = {
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": ("uid", "primarygroupsid"),
    "2.5.4.42": ("givenname",),
    "2.4.5.42": ("givenname",),
    "0.9.2342.19200300.100.1.1": ("uid",),
    "0.9.2342.19200300100.1.1": ("uid",),
    "0.9.2342.19200300.100.1.3": ("mail",),
    "0.9.2342.19200300100.1.3": ("mail",),
}
_KEYS = frozenset((*_ATTRIBUTES.values(), "uid", "primarygroupsid"))
