"""
The account of an ARN is missing, is none, or does not belong there.

IAM stores the policy, and no resource has such an ARN. Accounts have twelve digits; the ARNs of buckets and objects have
none at all.

Avoid:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3::111122223333:documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import Written, fault, is_account, literal_account, whole
from iamsim.model.finding import Confidence, Severity

_EXTRA, _MISSING, _INVALID = "ARN_ACCOUNT_NOT_ALLOWED", "MISSING_ARN_ACCOUNT", "INVALID_ARN_ACCOUNT"


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
                confidence=Confidence.CERTAIN if arn.account.isdigit() else None,
            )


def _code(arn: Written) -> str:
    if not is_account(arn.account) and not literal_account(arn):
        return _INVALID
    if fault(arn) != "account":
        return ""
    return _EXTRA if arn.account else _MISSING


def _why(arn: Written, code: str) -> str:
    if code == _INVALID:
        return f"has `{clipped(arn.account)}` where the account stands, which has 12 digits"
    return "has an account, and no resource of this kind has one" if code == _EXTRA else "has no account"


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    confidence=Confidence.LIKELY,
    codes=(_EXTRA, _MISSING, _INVALID),
)
