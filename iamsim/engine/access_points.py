"""Requests through an S3 access point: its own policy and its bucket both have to permit them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from iamsim.model.account import Organization, Resource
from iamsim.model.request import Request
from iamsim.model.verdict import Decision, Explanation, Layer

_ARN = re.compile(r"(arn:([^:]*):s3:[^:]*:(\d{12}):accesspoint/[^/:]+)(?:/object/(.*))?", re.DOTALL)
_OF_THE_ACCESS_POINT = ("aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourcetag/")


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """The access point of a request: its ARN and account, and the resource as its bucket sees it, None when not told."""

    arn: str
    account: str
    behind: str | None
    loaded: Resource | None

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """
        The condition keys that S3 sends with requests through an access point.

        Source: Amazon S3 User Guide, "Configuring IAM policies for using access points", condition keys.
        """
        found = {"s3:dataaccesspointarn": (self.arn,), "s3:dataaccesspointaccount": (self.account,)}
        if self.loaded is not None:
            found["s3:accesspointnetworkorigin"] = ("VPC" if "vpc" in self.loaded.settings else "Internet",)
        return found


def access_point(organization: Organization, resource: str) -> AccessPoint | None:
    """The access point that the ARN `resource` names or goes through, None for any other resource."""
    match = _ARN.fullmatch(resource)
    if match is None:
        return None
    arn, partition, account, key = match.groups()
    found = organization.owner(arn)
    loaded = found[1] if found is not None else None
    bucket = f"arn:{partition}:s3:::{loaded.bucket}" if loaded is not None and loaded.bucket else None
    behind = bucket if bucket is None or key is None else f"{bucket}/{key}"
    return AccessPoint(arn, account, behind, loaded)


def carried(request: Request, point: AccessPoint) -> Mapping[str, tuple[str, ...]]:
    """The context that goes on to the bucket: all of it, but for what speaks of the access point as a resource."""
    kept = {key: v for key, v in request.context.values.items() if not key.startswith(_OF_THE_ACCESS_POINT)}
    return {**kept, **point.keys}


def both(request: Request, at_point: Explanation, at_bucket: Explanation) -> Explanation:
    """
    One answer out of those of the access point and of its bucket.

    What the bucket's side refuses is refused: an explicit Deny of bucket policy or RCP, a bucket
    policy that does not allow another account, and a permission that only the access point's policy
    grants. Whether policies of the caller have to name the bucket's ARN too AWS does not say, so a
    denial for want of that leaves the answer open.
    Source: Amazon S3 User Guide, "Configuring IAM policies for using access points" (S3-026, ARN-021).
    """
    bucket = at_bucket.possible
    if Decision.ALLOWED not in bucket and not _refused(at_point, at_bucket):
        bucket = (Decision.ALLOWED, *bucket)
    found = {_worse(one, other) for one in at_point.possible for other in bucket}
    possible = tuple(decision for decision in _ORDER if decision in found)
    decision = possible[0] if len(possible) == 1 else Decision.UNKNOWN
    leading = at_point if Decision.ALLOWED not in at_point.possible or at_bucket.allowed else at_bucket
    where = "the access point" if leading is at_point else "the bucket"
    told = f"asked of an access point and of its bucket, as `{at_bucket.request.resource}`"
    return replace(
        leading,
        request=request,
        decision=decision,
        possible=possible,
        reason=leading.reason if decision is leading.decision else _OPEN,
        statements=(*at_point.statements, *at_bucket.statements),
        missing_context=tuple(sorted({*at_point.missing_context, *at_bucket.missing_context})),
        unseen=tuple(dict.fromkeys((*at_point.unseen, *at_bucket.unseen))),
        notes=(*leading.notes, told if decision is Decision.UNKNOWN else f"{told}; {where} decided"),
    )


# ---------------------------------------------------------------- helpers

_ORDER = (Decision.ALLOWED, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY)
_OPEN = "whether the caller's own policies have to allow the bucket's ARN too, AWS's documentation does not say"
_BUCKETS_OWN = (Layer.RESOURCE, Layer.RCP, Layer.SERVICE)


def _worse(one: Decision, other: Decision) -> Decision:
    return max(one, other, key=_ORDER.index)


def _refused(at_point: Explanation, at_bucket: Explanation) -> bool:
    """Whether a denial at the bucket is sure to stop what came through the access point."""
    if len(at_bucket.possible) > 1:
        return False
    if any(layer in _BUCKETS_OWN for layer in at_bucket.failing):
        return True
    implicit = at_bucket.decision is Decision.IMPLICIT_DENY
    return implicit and at_point.layer is Layer.RESOURCE and at_bucket.failing == (Layer.IDENTITY,)
