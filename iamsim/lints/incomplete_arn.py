"""
An ARN has less than six fields.

IAM fills what is missing with `*`: `arn:aws:sqs` is every queue of every account. A short ARN with an empty field, such
as `arn:aws:s3::documents`, is refused, and so is every short one in a session policy.

Avoid:

    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333"}

Prefer:

    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:orders"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import FIELDS, PARTITIONS, patterns, wild
from iamsim.lints._grammar import told
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each; one that ends in a wildcard says itself that the rest is free."""
    for part, text, found in patterns(draft):
        fields = found.split(":")
        if fields[0] != "arn" or len(fields) >= FIELDS or not told(text.value) or found.endswith("*"):
            continue
        if len(fields) > 1 and not wild(fields[1]) and fields[1] not in PARTITIONS:
            continue
        refused = "::" in found or len(fields) < 3 or draft.kind is PolicyKind.SESSION  # noqa: PLR2004 - the service is the third
        effect = "AWS refuses the policy" if refused else "AWS takes `*` for what is missing"
        yield Seen(f"{part.subject} {text.value}", f"`{clipped(text.value)}` is not a whole ARN: {effect}", text.at)


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Resource",
    codes=("MISSING_ARN_FIELD",),
)
