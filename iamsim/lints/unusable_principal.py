"""
Under AWS stands something that cannot be a principal.

AWS refuses the policy ("Invalid principal in policy"). An account is twelve digits or its root; a role, a user and a
session are named by ARN. Groups and instance profiles are no principals: nobody signs in as one.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:group/admins"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import named
from iamsim.model.finding import Severity

_ACCOUNT = re.compile(r"[0-9]{12}")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{10,124}")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_KINDS = {
    "iam": re.compile(r"root|(?:user|role)/.+", re.DOTALL),
    "sts": re.compile(r"assumed-role/[^/]+/.+|federated-user/.+|self|root", re.DOTALL),
}
_ARN_FIELDS = 6


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; wildcards are another's."""
    for part in draft.statements():
        for text in named(part, "AWS"):
            reason = _reason(text.value)
            if reason:
                yield Seen(
                    f"{part.subject} {text.value}", f"`{clipped(text.value)}` {reason}: AWS refuses the policy", text.at
                )


def _reason(value: str) -> str:
    """Why it is no principal; empty where it may be one."""
    if "*" in value or "?" in value or any(form.fullmatch(value) for form in (_ACCOUNT, _UNIQUE_ID, _CANONICAL)):
        return ""
    if value.isdigit():
        return "is no account: an account has 12 digits"
    if not value.startswith("arn:"):
        return "is neither an account nor an ARN"
    fields = value.split(":", _ARN_FIELDS - 1)
    if len(fields) < _ARN_FIELDS:
        return "is not a whole ARN"
    _, _, service, _, account, resource = fields
    if service not in _KINDS or account in ("cloudfront", "aws"):
        return ""
    if not _ACCOUNT.fullmatch(account):
        return "names no account: an account has 12 digits"
    if resource.startswith(("group/", "instance-profile/", "policy/")):
        return f"names a {resource.split('/')[0].replace('-', ' ')}, which is no principal"
    return "" if _KINDS[service].fullmatch(resource) else "names neither the account, a role, a user nor a session"


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    kinds=WITH_PRINCIPAL,
)
