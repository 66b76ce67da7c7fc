"""
A policy is longer than AWS takes.

IAM does not count white space between the elements; STS, AWS Organizations and most services count every character. What
may be raised on request is marked so: a longer policy may be in place.

Avoid:

    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectVersion"], "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject*", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._sizes import length, quota
from iamsim.model.arn import is_aws_managed
from iamsim.model.finding import Confidence, Severity
from iamsim.quotas import QUOTAS, Counted, Quota

_IDENTITY, _TRUST = "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"
_RESOURCE = "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"
_SCP, _RCP = "POLICY_SIZE_EXCEEDS_SCP_QUOTA", "POLICY_SIZE_EXCEEDS_RCP_QUOTA"
_CODES = {
    PolicyKind.TRUST: _TRUST,
    PolicyKind.RESOURCE: _RESOURCE,
    PolicyKind.VPC_ENDPOINT: _RESOURCE,
    PolicyKind.SCP: _SCP,
    PolicyKind.RCP: _RCP,
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for the policy; AWS's own may be longer than those of others."""
    if is_aws_managed(draft.arn):
        return
    found, confidence = quota(draft), None
    if draft.kind is PolicyKind.IDENTITY and draft.managed is None:
        # Too long for every place that an identity policy has; inline, AWS counts those of a role together.
        found = QUOTAS["role"]
    if found is None:
        return
    count = length(draft, found.counted)
    if count is None or count <= found.limit:
        return
    if found.raisable:
        confidence = Confidence.LIKELY
    yield Seen("size", _message(count, found), code=_CODES.get(draft.kind, _IDENTITY), confidence=confidence)


def _message(count: int, found: Quota) -> str:
    unit = "bytes" if found.counted is Counted.BYTES else "characters"
    raised = "; the quota can be raised" if found.raisable else ""
    return f"the policy has {count:,} {unit}, {count - found.limit:,} more than AWS takes ({found.limit:,}){raised}"


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM and AWS STS quotas",
    codes=(_IDENTITY, _TRUST, _RESOURCE, _SCP, _RCP),
)
