"""How long a policy may be, and which edits go past it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from iamsim import documents
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy
from iamsim.model.remedy import Edit, Slot

# IAM User Guide, IAM and AWS STS quotas. The trust policy's can be raised (Service Quotas, "Role trust policy length").
TRUST = 2_048
MANAGED = 6_144
INLINE = {"role": 10_240, "user": 2_048}
"""Of all inline policies of one role or user together."""

# Amazon S3 User Guide, Bucket policies: 20 KB; AWS KMS Developer Guide, Quotas: key policy document, 32 KB.
RESOURCES = {"s3": 20 * 1_024, "kms": 32 * 1_024}


def size(policy: Policy) -> int:
    """The characters that IAM counts: of the policy without white space between its elements."""
    return len(json.dumps(documents.document(policy), separators=(",", ":"), ensure_ascii=False))


def exceeded(organization: Organization, edits: Iterable[Edit]) -> tuple[str, ...]:
    """
    One line for each policy that the edits, taken together, make longer than AWS takes.

    `organization` is the one before the edits. What was longer before stands under a raised quota
    that is not known here, and nothing is said of it.
    """
    return tuple(dict.fromkeys(_exceeded(organization, tuple(edits))))


# ---------------------------------------------------------------- helpers


def _exceeded(organization: Organization, edits: tuple[Edit, ...]) -> Iterator[str]:
    for edit in edits:
        if edit.slot is Slot.INLINE and (edit.before is None or edit.before.arn is None):
            quota, what = INLINE.get(_kind(edit.owner)), f"the inline policies of {edit.owner}"
            before, after = _inline(organization, edits, edit.owner)
        else:
            quota, what = _quota(edit), f"the {_NAMES[edit.slot]} of {edit.owner}"
            before, after = size(edit.before) if edit.before else 0, size(edit.after)
        if quota is not None and before <= quota < after:
            raised = "; the quota can be raised" if edit.slot is Slot.TRUST else ""
            yield f"makes {what} {after:,} characters long, {after - quota:,} more than AWS takes ({quota:,}){raised}"


def _quota(edit: Edit) -> int | None:
    match edit.slot:
        case Slot.TRUST:
            return TRUST
        case Slot.RESOURCE:
            return RESOURCES.get(Arn.parse(edit.owner).service)
        case _:
            return MANAGED


def _inline(organization: Organization, edits: tuple[Edit, ...], owner: str) -> tuple[int, int]:
    """The characters of an owner's inline policies, before and after."""
    found = organization.role(owner) or organization.user(owner)
    before = sum(size(policy) for policy in (found.policies if found else ()) if policy.arn is None)
    mine = [edit for edit in edits if edit.owner == owner and edit.slot is Slot.INLINE]
    return before, before + sum(size(edit.after) - (size(edit.before) if edit.before else 0) for edit in mine)


def _kind(arn: str) -> str:
    return Arn.parse(arn).resource.partition("/")[0]


_NAMES = {
    Slot.TRUST: "trust policy",
    Slot.INLINE: "managed policy",
    Slot.MANAGED: "managed policy",
    Slot.BOUNDARY: "permissions boundary",
    Slot.RESOURCE: "policy",
}
