"""
Amazon S3: the bucket policy that its owner's root user can always mend, Block Public Access, ACLs and networks.

Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy.
"""

from __future__ import annotations

from ipaddress import ip_network

from iamsim.engine.evaluation import Situation
from iamsim.engine.principals import Grant
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Condition, Effect, Layers, Statement
from iamsim.model.principal import PrincipalKind
from iamsim.model.request import Request

# With nothing told about the bucket, nothing below is about these callers in their own account.
_OWN = (PrincipalKind.ROLE_SESSION, PrincipalKind.USER)
_BUCKET_POLICY = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})


def situation(general: Situation, request: Request, layers: Layers) -> Situation:
    """What becomes of the situation of a request to S3."""
    if not layers.settings and not general.cross_account and general.kind in _OWN:
        return general
    if request.action.lower() in _BUCKET_POLICY and general.kind is PrincipalKind.ROOT and not general.cross_account:
        # The one documented case in which an explicit Deny of a resource policy does not win (PRIN-015).
        return changed(general, resource_denies=False)
    if request.action.lower() in _BUCKET_POLICY and general.cross_account:
        # S3 answers 405 MethodNotAllowed to an identity of another account, whatever the policies say (S3-018).
        return changed(general, refused="S3 lets only the bucket owner's account work with the bucket policy")
    outside = _from_outside(request, layers) if ":accesspoint/" in request.resource else False
    if outside:
        return changed(general, refused="the access point takes requests from its own VPC alone")
    if acls_are_on(layers) and acls_may_grant(request):
        general = changed(general, side_grant=_by_acl(general.kind, layers))
    if outside is None:
        return changed(general, resource_refuses=None)
    if layers.resource is None or general.kind is PrincipalKind.SERVICE:
        return general
    if general.cross_account or general.kind is PrincipalKind.ANONYMOUS:
        return changed(general, resource_refuses=_refuses(layers))
    return general


def acls_are_on(layers: Layers) -> bool:
    """Whether the bucket was told to have ACLs on; they are off by default since April 2023 (S3-005)."""
    return layers.settings.get("object_ownership") in ("BucketOwnerPreferred", "ObjectWriter")


def acls_may_grant(request: Request) -> bool:
    """Whether the request is for something that an ACL can grant (S3-014)."""
    return request.action.lower() in _BY_ACL


# Source: Amazon S3 User Guide, "Access control list (ACL) overview", mapping of ACL permissions to policy permissions.
_BY_ACL = frozenset(
    f"s3:{name}"
    for name in (
        "listbucket", "listbucketversions", "listbucketmultipartuploads", "putobject", "getbucketacl", "putbucketacl",
        "getobject", "getobjectversion", "getobjectacl", "getobjectversionacl", "putobjectacl", "putobjectversionacl",
    )
)  # fmt: skip


def _by_acl(kind: PrincipalKind, layers: Layers) -> Grant:
    """An ACL names accounts, whose own policies then decide (S3-015), and everyone, unless public ACLs are ignored (S3-020)."""
    if kind is not PrincipalKind.ANONYMOUS:
        return Grant.ACCOUNT
    return Grant.NONE if layers.settings.get("ignore_public_acls") == "true" else Grant.DIRECT


def _from_outside(request: Request, layers: Layers) -> bool | None:
    """Whether the request comes from another network than the one its access point is bound to (S3-027)."""
    vpc = layers.settings.get("vpc")
    if vpc is None or request.context.is_absent("aws:sourcevpc"):
        return vpc is not None
    found = request.context.values.get("aws:sourcevpc")
    return None if found is None else found != (vpc,)


def _refuses(layers: Layers) -> bool | None:
    """
    Whether Block Public Access refuses a caller from outside the account.

    RestrictPublicBuckets does, those that a statement names too, when the policy is public. It
    is on unless somebody turned it off, and not always told (S3-022 to 024).
    """
    policy = layers.resource
    setting = layers.settings.get("restrict_public_buckets") or layers.settings.get("s3_block_public_access") or "false"
    public = policy is not None and any(_is_public(statement) for statement in policy.statements)
    if not public or setting == "false":
        return False
    return True if setting == "true" else None


# Keys whose fixed values make a statement for everyone one for somebody (S3-023).
_NARROWING = (
    "aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:principalorgpaths", "aws:sourcearn", "aws:sourcevpc",
    "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
)  # fmt: skip
_EQUALS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")
_NARROW_V4, _NARROW_V6 = 8, 32


def _is_public(statement: Statement) -> bool:
    """
    S3's own test of a statement's text: an Allow for everyone that no fixed value narrows.

    Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", the meaning of "public".
    """
    element = statement.principal
    everyone = statement.effect is Effect.ALLOW and element is not None and (element.anyone or element.negated)
    return everyone and not any(map(_narrows, statement.conditions))


def _narrows(condition: Condition) -> bool:
    operator = condition.operator.removeprefix("ForAnyValue:")
    if operator == "IpAddress" and condition.key.lower() == "aws:sourceip":
        return bool(condition.values) and all(map(_is_narrow, condition.values))
    fixed = condition.values and not any(mark in value for value in condition.values for mark in ("*", "?", "${"))
    return bool(fixed) and operator in _EQUALS and condition.key.lower() in _NARROWING


def _is_narrow(block: str) -> bool:
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return False
    return network.is_private or network.prefixlen >= (_NARROW_V4 if network.version == 4 else _NARROW_V6)  # noqa: PLR2004 - IPv4


SERVICE = Service("s3", situation)
