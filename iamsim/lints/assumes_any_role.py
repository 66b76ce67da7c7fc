"""
It may assume any role.

Whom a role trusts is then the only thing that holds it back: every trust policy that names the whole account, and in
other accounts every one that names this account, lets it in. A server that assumes roles for its users needs those
roles, and no others.

Avoid:

    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/tenants/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.model.finding import Severity
from iamsim.model.policy import PolicyType

_EVERY_ACCOUNT, _THIS = "in any account", "of the account"
_SOMEBODY = "999999999999"


def check(holder: Holder) -> Iterator[Seen]:
    """One for a holder whose own policies allow it for a role that no policy names."""
    asked = powers(holder)
    if not asked.names("sts:AssumeRole"):
        return
    found = asked.anywhere("sts:AssumeRole", "role")
    if found is None or administrator(asked):
        return
    by = [v for v in found.by if v.type is PolicyType.IDENTITY]
    other = asked.ask("sts:AssumeRole", f"arn:aws:iam::{_SOMEBODY}:role/any-there-is") if by else None
    if by:
        yield Seen(
            "sts:AssumeRole",
            f"{holder.label} may assume any role {_EVERY_ACCOUNT if other is not None else _THIS} that lets it in",
            places=places(*by),
            severity=Severity.HIGH if other is not None else Severity.MEDIUM,
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, Grant a user permissions to switch roles",
    scope=Scope.PRINCIPAL,
)
