"""
A condition names a KMS key otherwise than by its ARN.

The keys that say with which KMS key something is encrypted hold the ARN of the key, `arn:aws:kms:…:key/…`, whatever the
caller wrote. An alias or an id alone matches nothing.

Avoid:

    {"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "alias/documents"}}

Prefer:

    {
      "StringEquals": {
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      }
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    kind,
    lets_by,
    lines,
)
from iamsim.model.finding import Confidence, Severity

_ARN = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:(key/.+|[*?].*)", re.DOTALL)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value of a key that AWS lists as the ARN of a KMS key."""
    for line in lines(draft):
        if "kms" not in line.key.partition(":")[2] or line.operator is None or len(line.key) > LONGEST:
            continue
        if (kind(line.key) or "").removeprefix("ArrayOf") != "ARN":
            continue
        for text in line.test.values:
            if "${" not in text.value and not text.value.startswith("*") and not _ARN.fullmatch(text.value):
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` in {line.part.label} is not the ARN of a KMS key: `{clipped(line.test.key)}` never has it",
                    text.at,
                    severity=Severity.HIGH if lets_by(line) and len(line.values) == 1 else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Invalid KMS key value",
    confidence=Confidence.LIKELY,
    codes=("INVALID_KMS_KEY_VALUE",),
)
