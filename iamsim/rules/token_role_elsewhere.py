"""
The token names a role of another account, or another partition, than the server's.

That may be how tenants are kept apart; it may also be how somebody brings a server to an account of their own, where it
reads what was put there and writes what was not meant to leave.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.arn import Arn, is_role
from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token


def check(case: Case) -> Iterator[Observation]:
    """One observation for the role that the server takes from the token."""
    caller, role = case.setup.caller, case.setup.token.role_arn
    template = case.setup.server.assume
    if template is None or template.passes_token or caller is None or not caller.account or not has_token(case):
        return
    named = [case.setup.token.claims.get(name) for name in template.role_claims]
    if role is None or role not in named or not is_role(role):
        return
    arn = Arn.parse(role)
    origin = (case.setup.token.origin,) if case.setup.token.origin else ()
    if arn.partition != caller.partition:
        yield Observation(
            "partition",
            f"the token names a role of the partition {arn.partition}, and the server is in {caller.partition}",
            origin,
            ("no principal assumes a role of another partition",),
        )
    elif arn.account != caller.account:
        yield Observation(
            "account",
            f"the token names a role of account {arn.account}, and the server is in {caller.account}",
            origin,
            ("way out: have the server hold the account against those of its tenants, and send an external id",),
        )


RULE = Rule(check, Kind.NOTE, Severity.LOW, "token", "IAM User Guide, The confused deputy problem")
