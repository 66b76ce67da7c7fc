"""
A policy of the organization denies every call with a provider's token.

Who comes with a token of an identity provider is in no account and no organization yet: aws:PrincipalOrgID and its
like are absent, and a negated condition on them holds. A Deny for all who are not of the organization is then a Deny
for every sts:AssumeRoleWithWebIdentity and sts:AssumeRoleWithSAML.

Avoid:

    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"}}

Prefer:

    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"}, "Null": {"aws:PrincipalOrgID": "false"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import HOME, World
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import SAML, WEB
from iamsim.model.account import Account, Organization, Role
from iamsim.model.finding import Severity
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Element, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import Principal, PrincipalKind

_OURS = f"arn:aws:iam::{HOME}:"
_ASKED = (
    (WEB, Principal(PrincipalKind.WEB_IDENTITY, f"{_OURS}oidc-provider/login.example.com", HOME)),
    (SAML, Principal(PrincipalKind.SAML, f"{_OURS}saml-provider/example", HOME)),
)
_ABSENT = (
    "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:sourceorgid", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceorgpaths",
)  # fmt: skip
_KEYS = ("aws:principalorg", "aws:principalaccount")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Deny that hits a token call for sure, of a role that trusts the provider without more ado."""
    if draft.policy is None:
        return
    for part in draft.statements():
        read = part.statement
        if (
            read is None
            or read.effect is not Effect.DENY
            or not any(c.key.lower().startswith(_KEYS) for c in read.conditions)
        ):
            continue
        hit = [action for action, caller in _ASKED if _denied(draft.policy, read, action, caller)]
        if hit:
            yield Seen(part.subject, f"{part.label} denies {' and '.join(hit)} to everybody", part.at)


def _denied(policy: Policy, statement: Statement, action: str, caller: Principal) -> bool:
    trust = Statement(
        Effect.ALLOW, Element((action,)), None, PrincipalElement(federated=(caller.arn,)), (), None, NOWHERE
    )
    role = Role(f"{_OURS}role/example", Policy("trust", (trust,), "2012-10-17", None, NOWHERE))
    seen = frozenset(PolicyType) - {PolicyType.SESSION}
    account = Account(
        HOME,
        roles={role.arn: role},
        rcps=((replace(policy, statements=(statement,)),),),
        seen=seen,
        organization="o-exampleorg1",
    )
    world = World(Organization({HOME: account}), alone=True)
    asked = world.outside(caller, action, role.arn, values={"aws:principalisawsservice": "false"}, absent=_ABSENT)
    return any(v.statement is statement and v.matched is True for v in asked.statements)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "AWS Organizations User Guide, Resource control policies: examples, and IAM User Guide, aws:PrincipalOrgID",
    kinds=frozenset({PolicyKind.RCP}),
)
