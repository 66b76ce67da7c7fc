"""
The token chooses the role, and the server may assume any role that lets it in.

What keeps a caller from the role of another is then the trust policy of that role alone: one that trusts the whole
account lets the server in for whoever sends a token that names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.model.account import Account, Role
from iamsim.model.finding import Confidence, Kind, Severity
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Element, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import HOLE, Principal
from iamsim.model.server import Call
from iamsim.model.verdict import Explanation
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.sts import assume_role

_UNNAMED = "a-role-that-no-policy-names"
_NOBODYS = "000000000000"
_EVERY_TYPE = frozenset(PolicyType) - {PolicyType.SESSION}
_LIMITS = frozenset({PolicyType.SCP, PolicyType.BOUNDARY})


def check(case: Case) -> Iterator[Observation]:
    """One observation: by the engine, for a role that nobody named and that trusts the server's account."""
    template, caller = case.setup.server.assume, case.setup.caller
    if template is None or not template.role_claims or template.passes_token or caller is None or not caller.account:
        return
    organization = case.setup.simulator.organization
    home = organization.accounts.get(caller.account)
    if home is None:
        return
    asked = _asked(case, caller, caller.account)
    if not all(each.allowed for each in asked):
        return
    there = _NOBODYS not in organization.accounts and all(e.allowed for e in _asked(case, caller, _NOBODYS))
    where = "in any account" if there else f"of account {caller.account}"
    by = [v.statement.origin for e in asked for v in e.decisive if v.type is PolicyType.IDENTITY]
    seen = home.seen | case.setup.simulator.none_of >= _LIMITS
    yield Observation(
        "roles",
        f"{caller.entity or caller.arn} may assume any role {where} that lets it in, and the token says which",
        tuple(dict.fromkeys(by)),
        (
            "a token that names the role of somebody else is held back by that role's trust policy alone",
            *(() if seen else ("not every policy was seen that could forbid it",)),
        ),
        severity=Severity.CRITICAL if there else None,
        confidence=None if seen else Confidence.LIKELY,
    )


# ---------------------------------------------------------------- helpers


def _asked(case: Case, caller: Principal, account: str) -> list[Explanation]:
    """The permissions of the server's call, for a role that no policy names and that trusts the whole account of the server."""
    setup = case.setup
    role = f"arn:{caller.partition}:iam::{account}:role/{_UNNAMED}"
    accounts = dict(setup.simulator.organization.accounts)
    old = accounts.get(account, Account(account, seen=_EVERY_TYPE))
    made = Role(role, _trusting(f"arn:{caller.partition}:iam::{caller.account}:root"))
    accounts[account] = replace(old, roles={**old.roles, role: made})
    simulator = replace(
        setup.simulator, organization=replace(setup.simulator.organization, accounts=accounts), none_of=_EVERY_TYPE
    )
    built = setup.built.call if setup.built is not None else None
    call = replace(built, role_arn=role) if built is not None else Call(role, HOLE)
    asked = assume_role.permissions(call, caller, simulator, setup.server.context)
    return [simulator.explain(each.request) for each in asked if each.needed]


def _trusting(principal: str) -> Policy:
    action = Element((assume_role.ASSUME_ROLE, assume_role.SET_SOURCE_IDENTITY, assume_role.TAG_SESSION))
    statement = Statement(Effect.ALLOW, action, None, PrincipalElement(aws=(principal,)), (), None, NOWHERE)
    return Policy("trust policy", (statement,), "2012-10-17", None, NOWHERE)


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "assume", "IAM User Guide, Grant a user permissions to switch roles")
