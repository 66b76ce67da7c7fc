"""
A principal is the bare identifier of a role or user, as AWS shows one that was deleted.

AWS keeps the identifier of a role or user in place of its ARN. When it is deleted, the policy shows the identifier and
matches nobody: a role of the same name that is made anew has another one. The policy must be written again.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE1EXAMPLE12"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import named
from iamsim.model.finding import Confidence, Severity

_ID = re.compile(r"(AROA|AIDA)[A-Z0-9]{10,124}")
_WHO = {"AROA": ("role", "INVALID_ROLE_REFERENCE"), "AIDA": ("user", "INVALID_USER_REFERENCE")}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each identifier."""
    for part in draft.statements():
        for text in named(part, "AWS"):
            match = _ID.fullmatch(text.value)
            if match is not None:
                who, code = _WHO[match[1]]
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{text.value}` is the identifier of a {who}, probably of one that was deleted",
                    text.at,
                    code=code,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS JSON policy elements: Principal",
    confidence=Confidence.LIKELY,
    codes=tuple(code for _, code in _WHO.values()),
    kinds=WITH_PRINCIPAL,
)
