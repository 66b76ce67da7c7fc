"""
The partition of an ARN does not exist.

AWS refuses the policy: the second field of an ARN is `aws`, `aws-cn` in China, `aws-us-gov` in GovCloud, or that of a
sovereign or an isolated cloud.

Avoid:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:s3:::documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import PARTITIONS, patterns, wild
from iamsim.lints._grammar import nearest
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN; a partition with a wildcard may be any."""
    for part, text, found in patterns(draft):
        fields = found.split(":")
        if fields[0] != "arn" or len(fields) == 1 or wild(fields[1]) or fields[1] in PARTITIONS:
            continue
        meant = nearest(fields[1], PARTITIONS)
        yield Seen(
            f"{part.subject} {text.value}",
            f"`{clipped(text.value)}` has the partition `{clipped(fields[1])}`, which does not exist: AWS refuses the policy",
            text.at,
            (f"`{meant}` may be meant",) if meant else (),
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference",
    codes=("INVALID_PARTITION",),
)
