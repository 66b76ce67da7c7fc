"""
A condition on a tag does not say on which.

`aws:ResourceTag`, `aws:RequestTag` and `aws:PrincipalTag` stand for many keys, one for each tag: the tag's key follows
behind a slash. Without it the key is in no request.

Avoid:

    {"StringEquals": {"aws:ResourceTag": "production"}}

Prefer:

    {"StringEquals": {"aws:ResourceTag/environment": "production"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    is_family,
    kind,
    lines,
    never_sent,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each family of keys that stands alone."""
    for line in lines(draft):
        key = line.key.rstrip("/")
        if len(key) > LONGEST or "/" in key:
            continue
        of_service = kind(key) is None and kind(f"{key}/x") is not None
        if is_family(key) or of_service:
            then, severity = never_sent(line)
            yield Seen(
                line.subject,
                f"`{clipped(line.test.key)}` of {line.part.label} lacks the tag's key: `{clipped(line.test.key.rstrip('/'))}/` and the key{then}",
                line.test.at,
                severity=severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Controlling access to AWS resources using tags",
    codes=("MISSING_TAG_KEY_IN_CONDITION",),
)
