"""
Amazon S3: calls that speak of the account, and the bucket policy that its owner's root user can always mend.

Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy.
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.services import Service, changed
from iamsim.model.principal import PrincipalKind
from iamsim.model.request import Request

_BUCKET_POLICY = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})


def situation(general: Situation, request: Request) -> Situation:
    """What becomes of the situation of a request to S3."""
    if request.action.lower() in _BUCKET_POLICY and general.kind is PrincipalKind.ROOT and not general.cross_account:
        # The one documented case in which an explicit Deny of a resource policy does not win (PRIN-015).
        return changed(general, resource_denies=False)
    return general


SERVICE = Service("s3", situation)
