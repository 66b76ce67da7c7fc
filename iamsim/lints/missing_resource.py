"""
A statement names no resource.

AWS refuses the policy: an identity policy, an SCP, a bucket policy or a key policy says in every statement what it is
about. Trust policies have no Resource, and some services do without it in the policies of their resources.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import LIKE_IDENTITY, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import IN_ORGANIZATIONS, has
from iamsim.model.finding import Severity

_ABSENT, _EMPTY = "MISSING_RESOURCE", "EMPTY_ARRAY_RESOURCE"
_WANT = frozenset({"s3", "kms"})
"""Services whose pages say that the policies of their resources need the element."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement without the element, or with an empty one."""
    if draft.kind is PolicyKind.RESOURCE and draft.service not in _WANT:
        return
    for part in draft.statements():
        empty = next((name for name in ("Resource", "NotResource") if part.value.get(name) == []), None)
        if empty is not None:
            yield Seen(
                part.subject,
                f"{part.label} has an empty {empty}: AWS refuses the policy",
                (*part.at, empty),
                code=_EMPTY,
            )
        elif part.value and not has(part.value, "Resource", "NotResource"):
            yield Seen(part.subject, f"{part.label} has no Resource: AWS refuses the policy", part.at, code=_ABSENT)


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Resource",
    codes=(_ABSENT, _EMPTY),
    kinds=LIKE_IDENTITY | IN_ORGANIZATIONS | {PolicyKind.RESOURCE},
)
