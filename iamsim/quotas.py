"""How long a policy may be, and which edits go past it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from iamsim import documents
from iamsim.errors import InputError
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy, Statement
from iamsim.model.remedy import Edit, Slot


class Counted(StrEnum):
    """How AWS counts the length of a policy."""

    LETTERS = "characters without white space between the elements"
    CHARACTERS = "characters as written"
    BYTES = "bytes as written"


@dataclass(frozen=True, slots=True)
class Quota:
    """
    How long the policies of one kind may be.

    `together`: all policies of one owner, or of one call, count as one. `raisable`: AWS raises the
    limit on request, so that a longer policy may be in place. `source` is the page.
    """

    limit: int
    counted: Counted
    source: str
    together: bool = False
    raisable: bool = False

    def length(self, text: str) -> int:
        """The length of a policy as AWS counts it for this quota."""
        match self.counted:
            case Counted.LETTERS:
                return len(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False))
            case Counted.CHARACTERS:
                return len(text)
            case Counted.BYTES:
                return len(text.encode())

    def takes(self, *texts: str) -> bool:
        """Whether AWS takes the policies, given as text, of one owner or one call."""
        lengths = [self.length(text) for text in texts]
        return (sum(lengths) if self.together else max(lengths, default=0)) <= self.limit


_IAM = "IAM User Guide, IAM and AWS STS quotas"
_ORGANIZATIONS = "AWS Organizations User Guide, Quotas and service limits"

QUOTAS: Mapping[str, Quota] = {
    "role": Quota(10_240, Counted.LETTERS, _IAM, together=True),
    "user": Quota(2_048, Counted.LETTERS, _IAM, together=True),
    "group": Quota(5_120, Counted.LETTERS, _IAM, together=True),
    "managed": Quota(6_144, Counted.LETTERS, _IAM),
    # The page does not say how white space counts here; it does for the others.
    "trust": Quota(2_048, Counted.LETTERS, _IAM, raisable=True),
    "session": Quota(2_048, Counted.CHARACTERS, "AWS STS API Reference, AssumeRole", together=True),
    "iam-parameter": Quota(131_072, Counted.CHARACTERS, "AWS IAM API Reference, PutRolePolicy"),
    # Doubt: copies of the page of 2025 and before tell 5,120; the limit was raised after.
    "scp": Quota(10_240, Counted.CHARACTERS, _ORGANIZATIONS),
    "rcp": Quota(5_120, Counted.CHARACTERS, _ORGANIZATIONS),
    "vpce": Quota(20_480, Counted.CHARACTERS, "AWS PrivateLink Guide, Control access using endpoint policies"),
    "s3": Quota(20 * 1_024, Counted.BYTES, "Amazon S3 User Guide, Bucket policies"),
    "s3-access-point": Quota(20 * 1_024, Counted.BYTES, "Amazon S3 User Guide, Access points restrictions"),
    "kms": Quota(32 * 1_024, Counted.BYTES, "AWS KMS Developer Guide, Resource quotas", raisable=True),
    "sqs": Quota(8_192, Counted.BYTES, "Amazon SQS Developer Guide, Quotas related to policies"),
    "lambda": Quota(20 * 1_024, Counted.BYTES, "AWS Lambda Developer Guide, Lambda quotas"),
    "glue": Quota(10 * 1_024, Counted.BYTES, "AWS Glue Developer Guide, Resource policies"),
    "secretsmanager": Quota(20_480, Counted.CHARACTERS, "AWS Secrets Manager User Guide, Quotas"),
    "dynamodb": Quota(20 * 1_024, Counted.BYTES, "Amazon DynamoDB Developer Guide, Resource-based policies"),
    "execute-api": Quota(8_192, Counted.CHARACTERS, "Amazon API Gateway Developer Guide, Quotas", raisable=True),
}
"""By kind of policy: inline ones by their owner, those of resources by the service."""

ATTACHED, MOST_ATTACHED = 10, 20
"""
Managed policies that a role or user can have, and that it can have after the quota is raised.

Source: IAM User Guide, "IAM and AWS STS quotas".
"""


def fits_managed(statements: Iterable[Statement]) -> bool:
    """Whether one managed policy holds the statements."""
    policy = Policy("", tuple(statements), documents.VERSIONS[0], None, NOWHERE)
    return _length(policy, QUOTAS["managed"]) <= QUOTAS["managed"].limit


def managed(statements: Iterable[Statement]) -> tuple[tuple[Statement, ...], ...]:
    """
    The statements, in their order, as many together as one managed policy holds, each numbered within its own.

    One that no managed policy holds stands alone.
    """
    found: list[list[Statement]] = [[]]
    for statement in statements:
        if found[-1] and not fits_managed((*found[-1], statement)):
            found.append([])
        found[-1].append(replace(statement, index=len(found[-1])))
    return tuple(map(tuple, found))


def of(edit: Edit) -> Quota | None:
    """How long the edited policy may be; None where that is not known, or its owner is no ARN."""
    try:
        return QUOTAS.get(_kind(edit))
    except InputError:
        return None


def exceeded(organization: Organization, edits: Iterable[Edit]) -> tuple[str, ...]:
    """
    One line for each policy that the edits, taken together, make longer than AWS takes.

    `organization` is the one before the edits. What was longer before stands under a raised quota
    that is not known here, and nothing is said of it. Every policy counts as written without white
    space: what is too long then is too long however it is written.
    """
    return tuple(dict.fromkeys(_exceeded(organization, tuple(edits))))


# ---------------------------------------------------------------- helpers


def _shortest(policy: Policy) -> str:
    """The policy without white space between its elements: the least that can be written."""
    return json.dumps(documents.document(policy), separators=(",", ":"), ensure_ascii=False)


def _exceeded(organization: Organization, edits: tuple[Edit, ...]) -> Iterator[str]:
    for edit in edits:
        quota = of(edit)
        if quota is None:
            continue
        if _is_inline(edit):
            what = f"the inline policies of {edit.owner}"
            before, after = _inline(organization, edits, edit.owner, quota)
        else:
            what = f"the {_NAMES[edit.slot]} of {edit.owner}"
            before, after = _length(edit.before, quota), _length(edit.after, quota)
        if before <= quota.limit < after:
            unit = "bytes" if quota.counted is Counted.BYTES else "characters"
            raised = "; the quota can be raised" if quota.raisable else ""
            over = after - quota.limit
            yield f"makes {what} {after:,} {unit} long, {over:,} more than AWS takes ({quota.limit:,}){raised}"


def _is_inline(edit: Edit) -> bool:
    return edit.slot is Slot.INLINE and (edit.before is None or edit.before.arn is None)


def _kind(edit: Edit) -> str:
    """The kind of the edited policy, as `QUOTAS` names it."""
    arn = Arn.parse(edit.owner)
    match edit.slot:
        case Slot.TRUST:
            return "trust"
        case Slot.RESOURCE:
            return "s3-access-point" if arn.service == "s3" and arn.resource.startswith("accesspoint/") else arn.service
        case _:
            return arn.resource.partition("/")[0] if _is_inline(edit) else "managed"


def _length(policy: Policy | None, quota: Quota) -> int:
    return quota.length(_shortest(policy)) if policy is not None else 0


def _inline(organization: Organization, edits: tuple[Edit, ...], owner: str, quota: Quota) -> tuple[int, int]:
    """The length of an owner's inline policies, before and after."""
    found = organization.role(owner) or organization.user(owner)
    before = sum(_length(policy, quota) for policy in (found.policies if found else ()) if policy.arn is None)
    mine = [edit for edit in edits if edit.owner == owner and edit.slot is Slot.INLINE]
    return before, before + sum(_length(edit.after, quota) - _length(edit.before, quota) for edit in mine)


_NAMES = {
    Slot.TRUST: "trust policy",
    Slot.INLINE: "managed policy",
    Slot.MANAGED: "managed policy",
    Slot.BOUNDARY: "permissions boundary",
    Slot.RESOURCE: "policy",
}
