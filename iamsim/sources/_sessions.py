"""What is taken for granted of roles whose longest session a source does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamsim.model.account import Account
from iamsim.model.report import Input


def assumed(accounts: Iterable[Account]) -> Iterator[Input]:
    """One line for all roles whose MaxSessionDuration is not told."""
    untold = sum(role.max_session_duration is None for account in accounts for role in account.roles.values())
    if untold:
        subject = "longest session of one role" if untold == 1 else f"longest sessions of {untold:,} roles"
        yield Input("assumed", subject, "as long as a call asks for: MaxSessionDuration is not told")
