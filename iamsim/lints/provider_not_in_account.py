"""
A role trusts an identity provider that its account does not have.

STS looks a token's issuer up among the providers of the role's own account. Where it is not there, or the ARN is one
of another account, no token gets in.

Avoid:

    {"Federated": "arn:aws:iam::444455556666:oidc-provider/login.example.com"}

Prefer:

    {"Federated": "arn:aws:iam::111122223333:oidc-provider/login.example.com"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import home, role_arn, role_of
from iamsim.model.account import Account
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each provider of another account than a loaded role's, or that the role's account is known not to have."""
    role = role_of(draft)
    if role is None or draft.world is None or not role_arn(draft):
        return
    account = draft.world.organization.accounts.get(home(role.arn))
    for part in draft.statements():
        for kind, text in part.principals() if part.allows else ():
            fields = text.value.split(":", 5)
            if kind != "Federated" or len(fields) < 6 or "-provider/" not in fields[5]:  # noqa: PLR2004 - an ARN has six fields
                continue
            if fields[4] != home(role.arn):
                told = f"the provider is one of account {fields[4][:40]}, and STS looks in the role's own"
                yield Seen(f"{part.subject} {text.value}", told, text.at)
            elif account is not None and not _has(account, text.value):
                told = f"account {account.id} has no identity provider `{fields[5].partition('/')[2][:120]}`"
                yield Seen(f"{part.subject} {text.value}", told, text.at)


def _has(account: Account, arn: str) -> bool:
    if ":saml-provider/" in arn:
        return account.saml_providers is None or arn in account.saml_providers
    issuer = f"https://{arn.partition(':oidc-provider/')[2]}"
    return account.oidc_providers is None or issuer in account.oidc_providers


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, Create an OpenID Connect (OIDC) identity provider in IAM",
    kinds=frozenset({PolicyKind.TRUST}),
)
