"""
An action with a wildcard names no action that there is.

IAM stores the policy, and the statement says nothing by it. A wildcard for the service is none: only `*` by itself
means every service.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObjects*", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject*", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions as reference
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import known_service, wild, written
from iamsim.lints._grammar import actions
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each."""
    for part, text, service, name in written(draft):
        if wild(name) and known_service(service) and not reference.expand(text.value):
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` matches no action that AWS lists (as of {reference.date()})",
                text.at,
            )
    for part in draft.statements():
        for text in actions(part):
            if text.value.startswith("*:") and text.value != "*:*":
                message = f"`{clipped(text.value)}` has a wildcard for the service, which is none there"
                yield Seen(f"{part.subject} {text.value}", message, text.at)


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Action",
    confidence=Confidence.LIKELY,
)
