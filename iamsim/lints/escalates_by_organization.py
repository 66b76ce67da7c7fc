"""
It can change the guard rails of an organization, or who gets into its accounts.

Policies of the organization, assignments of IAM Identity Center and sessions of root users are decided in the
management account, and in member accounts to which it is delegated. Elsewhere the calls fail; no role of an ordinary account
needs to be allowed to make them.

Avoid:

    {"Effect": "Allow", "Action": "sso:*", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": ["sso:List*", "sso:Describe*"], "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "organization", "can change what binds whole accounts, or who has them", Severity.HIGH)


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "AWS Organizations User Guide, Service control policies",
    scope=Scope.PRINCIPAL,
)
