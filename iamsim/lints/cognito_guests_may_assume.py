"""
Guests of a Cognito identity pool may assume the role.

A guest is anybody who knows the id of the pool. What the role may do is open to the public; that may be meant.

Avoid:

    {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}

Prefer:

    {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._cognito import Guests, guests
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that is for guests alone."""
    for part, who in guests(draft):
        if who is Guests.ALONE:
            yield Seen(part.subject, f"guests of the identity pool may assume the role ({part.label})", part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "Amazon Cognito Developer Guide, IAM roles: Role trust and permissions",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
