"""
Every user of an application at an identity provider may assume the role.

The audience names the application that a token was made for; the subject, its user. Without a condition on the
subject, or on another claim that tells users apart, whoever may sign in to the application may assume the role. That
may be meant.

Avoid:

    {"StringEquals": {"login.example.com:aud": "reports"}}

Prefer:

    {"StringEquals": {"login.example.com:aud": "reports", "login.example.com:sub": "nightly-job"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import mapped, strange_token
from iamsim.lints._trust import WEB, allowing, apart, federated, named, possible, provider_name, role_arn
from iamsim.model.finding import Audience, Severity
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.sts.providers import tenancy
from iamsim.sts.subjects import EKS

_APPLICATION = ("aud", "oaud", "azp", "app_id")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each provider of one tenant whose tokens get in with a stranger's subject, and not with a stranger's audience."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, _ in allowing(draft):
        for arn in federated(statement):
            name = provider_name(arn)
            if ":saml-provider/" in arn or not named(statement, WEB) or EKS.fullmatch(name) or tenancy(name):
                continue
            caller = Principal(PrincipalKind.WEB_IDENTITY, arn, role.split(":")[4])
            values, absent = strange_token(name)
            known = {key: value for key, value in values.items() if key.rpartition(":")[2] not in _APPLICATION}
            world = apart(draft.world, role, statement)
            strange, meant = (
                possible(world.outside(caller, WEB, role, values={**mapped(statement), **each}, absent=absent))
                for each in (values, known)
            )
            if meant and not strange:
                told = f"every user of an application at {name} may assume the role ({part.label})"
                yield Seen(f"{part.subject} {name}", told, (*part.at, "Condition"))


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "IAM User Guide, Create a role for OpenID Connect federation",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
