"""
Identities of a Cognito pool that did not sign in may assume the role, beside those that did.

Without a condition on cognito-identity.amazonaws.com:amr the role of authenticated identities is that of guests too:
anybody who knows the id of the pool, which stands in every app, gets its permissions.

Avoid:

    {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-dcba-dcba-dcba-123456790abc"}}

Prefer:

    {
      "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-dcba-dcba-dcba-123456790abc"},
      "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._cognito import Guests, guests
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that lets in both, by the engine."""
    for part, who in guests(draft):
        if who is Guests.TOO:
            told = f"identities of the pool that did not sign in may assume the role too ({part.label})"
            yield Seen(part.subject, told, part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "Amazon Cognito Developer Guide, IAM roles: Role trust and permissions",
    kinds=frozenset({PolicyKind.TRUST}),
)
