"""
A statement names no action.

AWS refuses the policy: a statement has Action or NotAction, and at least one value in it.

Avoid:

    {"Effect": "Allow", "Action": [], "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import has
from iamsim.model.finding import Severity

_ABSENT, _EMPTY = "MISSING_ACTION", "EMPTY_ARRAY_ACTION"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement without the element, or with an empty one."""
    for part in draft.statements():
        empty = next((name for name in ("Action", "NotAction") if part.value.get(name) == []), None)
        if empty is not None:
            yield Seen(
                part.subject,
                f"{part.label} has an empty {empty}: AWS refuses the policy",
                (*part.at, empty),
                code=_EMPTY,
            )
        elif part.value and not has(part.value, "Action", "NotAction"):
            yield Seen(part.subject, f"{part.label} has no Action: AWS refuses the policy", part.at, code=_ABSENT)


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Action",
    codes=(_ABSENT, _EMPTY),
)
