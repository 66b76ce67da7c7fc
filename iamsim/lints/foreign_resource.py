"""
The policy of a resource names another resource.

A resource policy is asked about its own resource alone: what it says of others has no effect. Amazon S3 refuses such a
bucket policy ("Policy has invalid resource").

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "111122223333"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::another-bucket/*"
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "111122223333"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.engine.patterns import arn_matcher
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import Written, whole
from iamsim.model.finding import Severity

_PLAIN = frozenset({"s3", "sqs", "sns", "kms", "secretsmanager", "dynamodb"})
"""Services whose resource's own ARN, or for a bucket that of its objects, is all that a request to it can be about."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN, where the own one is known."""
    own = draft.of.split(":", 5)
    if len(own) < 6 or own[2] not in _PLAIN or (own[2] == "s3" and own[3]):  # noqa: PLR2004 - an ARN has six fields
        return
    for part, text, arn in whole(draft):
        if "Resource" in text.at and "${" not in text.value and not _about(text.value, arn, draft.of):
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` is not the resource that the policy hangs on, {clipped(draft.of)}",
                text.at,
            )


def _about(value: str, arn: Written, own: str) -> bool:
    """Whether the ARN can name the resource or something in it."""
    if arn_matcher(value)(own) is not False:
        return True
    head = value.split("/", 1)[0]
    return arn.service in ("s3", "dynamodb") and (
        arn_matcher(head)(own) is not False or value.startswith(f"{own}/") or "*" in head or "?" in head
    )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    codes=("UNSUPPORTED_RESOURCE_ARN_IN_POLICY",),
    kinds=frozenset({PolicyKind.RESOURCE}),
)
