"""
The Region of an ARN is missing, is none, or does not belong there.

IAM stores most of these policies, and no resource has such an ARN. For Amazon S3 and IAM, whose ARNs have no Region, it
refuses one.

Avoid:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:eu-west-1::documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import Written, fault, is_region, whole
from iamsim.model.finding import Confidence, Severity

_EXTRA, _MISSING, _INVALID = "ARN_REGION_NOT_ALLOWED", "MISSING_ARN_REGION", "INVALID_ARN_REGION"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN."""
    for part, text, arn in whole(draft):
        code = _code(arn)
        if code:
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` {_why(arn, code)}",
                text.at,
                code=code,
                confidence=Confidence.CERTAIN if code == _EXTRA and arn.service in ("s3", "iam") else None,
            )


def _code(arn: Written) -> str:
    if not is_region(arn.region):
        return _INVALID
    if fault(arn) != "region":
        return ""
    return _EXTRA if arn.region else _MISSING


def _why(arn: Written, code: str) -> str:
    if code == _INVALID:
        return f"has `{clipped(arn.region)}` where the Region stands"
    return "has a Region, and no resource of this kind has one" if code == _EXTRA else "has no Region"


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    confidence=Confidence.LIKELY,
    codes=(_EXTRA, _MISSING, _INVALID),
)
