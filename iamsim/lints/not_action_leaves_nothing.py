"""
NotAction leaves out every action of the services of a statement's resources.

`NotAction: s3:*` on the objects of a bucket speaks of all actions but those of S3, and hardly any other service is asked
about those objects. A Deny written so guards nothing, and an Allow gives nothing. To deny all but some actions, name the
actions that stay.

Avoid:

    {"Effect": "Deny", "NotAction": "s3:*", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.actions import naming
from iamsim.lints import Family, Lint, Seen, _fitting
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity

_MOST = 50
"""Of a statement with more resources nothing is said."""

_FEW = 2
"""So many actions of other services may be left: ssm:SendCommand, which is about a bucket too, is not what was meant."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement with NotAction of whose resources hardly any other service is asked."""
    for part in draft.statements():
        patterns = _fitting.resources(part, "Resource")
        if part.statement is None or not part.statement.action.negated or not patterns or len(patterns) > _MOST:
            continue
        test = naming(part.statement.action, deny=part.denies)
        known = {str(each): each.service for pattern in patterns for each in _fitting.about(pattern)}
        left = sorted(name for name in known if test(name.lower()) is not False)
        own = {pattern.split(":")[2] for pattern in patterns}
        if not known or len(left) > _FEW or any(known[name] in own for name in left):
            continue
        does = "denies" if part.denies else "allows"
        yield Seen(
            part.subject,
            f"{part.label} {does} next to nothing: its NotAction leaves out every action of the services of its resources",
            (*part.at, "NotAction"),
            (f"left are {quoted(left)}" if left else "no action is left",),
            severity=Severity.HIGH if part.denies else None,
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: NotAction",
    confidence=Confidence.LIKELY,
)
