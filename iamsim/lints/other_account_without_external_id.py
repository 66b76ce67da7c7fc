"""
Another account may assume the role without an external id.

Where that account belongs to a vendor, the vendor's other customers may name your role to it, and it works for them
with your permissions (the confused deputy). An external id that the vendor gives each customer rules that out. An
account of your own needs none.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"sts:ExternalId": "2b7f9d0e-customer-81"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import STRANGE, STRANGE_ABSENT
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, account_of, allowing, apart, home, ours, role_arn, sure
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.model.principal import principal

_ITS_OWN = {key: value for key, value in STRANGE.items() if not key.startswith(("aws:principal", "sts:"))}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each account that anybody of, without an external id, is let in by the trust policy."""
    role, seen = role_arn(draft), set()
    if not role or draft.world is None:
        return
    for part, statement, element in allowing(draft):
        for account in dict.fromkeys(filter(None, map(account_of, element.aws))):
            if account in seen or ours(draft.world, account, home(role)):
                continue
            caller = principal(f"arn:aws:iam::{account}:user/somebody")
            asked = apart(draft.world, role, statement).outside(
                caller, ASSUME, role, values=_ITS_OWN, absent=(*STRANGE_ABSENT, "sts:externalid")
            )
            if sure(asked):
                seen.add(account)
                yield Seen(
                    account, f"account {account} may assume the role without an external id", (*part.at, "Principal")
                )


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, The confused deputy problem: Cross-account confused deputy prevention",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
