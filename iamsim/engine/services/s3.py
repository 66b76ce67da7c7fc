"""
Amazon S3: the bucket policy that its owner's root user can always mend, Block Public Access, ACLs and networks.

Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy.
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.principals import Grant
from iamsim.engine.services import Service, changed
from iamsim.engine.services._public import is_public
from iamsim.model.policy import Layers
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
    outside = _from_outside(request, layers) if _is_access_point(request.resource) else False
    if outside:
        return changed(general, refused="the access point takes requests from its own VPC alone")
    if acls_are_on(layers) and acls_may_grant(request):
        general = changed(general, side_grant=_by_acl(general.kind, layers))
    if outside is None:
        return changed(general, resource_refuses=None)
    if layers.resource is None or general.kind is PrincipalKind.SERVICE:
        return general
    if general.cross_account or general.kind is PrincipalKind.ANONYMOUS:
        return changed(general, resource_refuses=_refuses(request, layers))
    return general


def _is_access_point(resource: str) -> bool:
    """Whether the request goes through an access point; a key may hold the same words."""
    return resource.split(":", 5)[-1].startswith("accesspoint/")


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


def _refuses(request: Request, layers: Layers) -> bool | None:
    """
    Whether Block Public Access refuses a caller from outside the account.

    RestrictPublicBuckets does, those that a statement names too, when the policy is public. It
    is on unless somebody turned it off, and not always told (S3-022 to 024).
    """
    setting = layers.settings.get("restrict_public_buckets") or layers.settings.get("s3_block_public_access") or "false"
    if layers.resource is None or setting == "false":
        return False
    of_access_point = _is_access_point(request.resource)
    if of_access_point and "vpc" in layers.settings:
        # An access point of one network is never public, whatever its policy says.
        return False
    public = is_public(layers.resource, of_access_point=of_access_point)
    return public if setting == "true" or not public else None


SERVICE = Service("s3", situation)
