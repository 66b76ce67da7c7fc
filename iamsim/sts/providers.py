"""Identity providers of web identity federation, and the claims that tell the tenants of a shared one apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamsim.engine.conditions import Quantifier, reading
from iamsim.engine.patterns import matcher
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Statement
from iamsim.model.principal import Principal, PrincipalKind

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True)
class Provider:
    """
    An identity provider for OpenID Connect, or one that is built in to AWS.

    `arn` is what trust policies name: an ARN of the role's account, for a built-in one its domain.
    `issuer` is the `iss` of its tokens. `client_ids` are the audiences that it was made with, None
    where they were not loaded; of a built-in one the account has no list.
    Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM" (OIDC-001, 003).
    """

    arn: str
    issuer: str
    client_ids: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """What stands before the colon in its condition keys: host and path, without the scheme (OIDC-002)."""
        return self.issuer.removeprefix("https://")

    @property
    def built_in(self) -> bool:
        """Whether AWS brings it along, and no account has to register it."""
        return not self.arn.startswith("arn:")


BUILT_IN = (
    Provider("cognito-identity.amazonaws.com", "https://cognito-identity.amazonaws.com"),
    Provider("accounts.google.com", "https://accounts.google.com"),
    Provider("www.amazon.com", "https://www.amazon.com"),
    Provider("graph.facebook.com", "https://graph.facebook.com"),
)
"""The providers of every account (IAM User Guide, "Create a role for OpenID Connect federation")."""

OAUTH = ("www.amazon.com", "graph.facebook.com")
"""Those whose access tokens need ProviderId, which nothing else may have (STS-054)."""


def provider(
    claims: Mapping[str, Any], role_arn: str, registered: Sequence[Provider] | None, provider_id: str | None = None
) -> Provider | None:
    """
    The provider that STS looks up for a token, None where the role's account has none for its issuer.

    The text of `iss` has to be the very text of the provider's URL. `registered` are the account's
    own, None where they were not loaded: the provider is then taken to be there, with client ids
    that are not known, and `web_tokens.doubts` says so.
    Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM" (OIDC-001).
    """
    issuer = f"https://{provider_id}" if provider_id in OAUTH else claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        return None
    # Google writes its issuer with and without the scheme.
    whole = "https://accounts.google.com" if issuer == "accounts.google.com" else issuer
    for found in (*(registered or ()), *BUILT_IN):
        if found.issuer == whole:
            return found
    if registered is not None or not whole.startswith("https://"):
        return None
    return _of_account(Arn.parse(role_arn), whole, None)


def loaded(organization: Organization, role_arn: str, claims: Mapping[str, Any]) -> tuple[Provider, ...] | None:
    """
    The OIDC providers of the role's account, where STS looks a token's issuer up; None when they were not loaded.

    None too where the account may have more of them, and none of those that were loaded issued `claims`.
    """
    role = Arn.parse(role_arn)
    account = organization.accounts.get(role.account)
    if account is None or account.oidc_providers is None:
        return None
    if account.more_providers and claims.get("iss") not in account.oidc_providers:
        return None
    return tuple(_of_account(role, issuer, client_ids) for issuer, client_ids in account.oidc_providers.items())


def _of_account(role: Arn, issuer: str, client_ids: tuple[str, ...] | None) -> Provider:
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{issuer.removeprefix('https://')}"
    return Provider(arn, issuer, client_ids)


def identity(found: Provider, role_arn: str) -> Principal:
    """The caller of a federation call: whoever holds a token of the provider; a built-in one is in every account."""
    role = Arn.parse(role_arn)
    account = role.account if found.built_in else Arn.parse(found.arn).account
    return Principal(PrincipalKind.WEB_IDENTITY, found.arn, account, role.partition)


# ---------------------------------------------------------------- tenants of a shared provider


@dataclass(frozen=True, slots=True)
class Control:
    """
    What a trust policy has to ask of a shared provider's tokens, since everybody can have one.

    `issuer` is a pattern of the provider's name, `key` the condition key that tells tenants apart;
    `{issuer}` in it is that name. `tenant` says in words what the claim holds.
    """

    issuer: re.Pattern[str]
    key: str
    tenant: str


CONTROLS_SOURCE = "IAM User Guide, Identity-provider controls for shared OIDC providers"
"""The page that lists the controls."""


def _controls(*rows: tuple[str, str, str]) -> tuple[Control, ...]:
    return tuple(Control(re.compile(pattern), key, tenant) for pattern, key, tenant in rows)


CONTROLS = _controls(
    (r"cognito-identity\.amazonaws\.com", "{issuer}:aud", "the identity pool"),
    (r"(?:vs)?token\.actions\.githubusercontent\.com(?:/.+)?", "{issuer}:sub", "the organization and the repository"),
    (r"oidc-configuration\.audit-log\.githubusercontent\.com", "{issuer}:sub", "the enterprise"),
    (r"gitlab\.com", "{issuer}:sub", "the group and the project"),
    (r"app\.terraform\.io", "{issuer}:sub", "the organization, the project and the workspace"),
    (r"agent\.buildkite\.com", "{issuer}:sub", "the organization and the pipeline"),
    (r"oidc\.codefresh\.io", "{issuer}:sub", "the account and the pipeline"),
    (r"studio\.datachain\.ai/api", "{issuer}:sub", "the team"),
    (r"scalr\.io", "{issuer}:sub", "the account and the environment"),
    (r"tokens\.cloud\.shisho\.dev", "{issuer}:sub", "the organization"),
    (r"proidc\.upbound\.io", "{issuer}:sub", "the organization and the control plane"),
    (r"api\.pulumi\.com/oidc", "{issuer}:aud", "the organization"),
    (r"sandboxes\.cloud", "{issuer}:aud", "the organization"),
    (r"oidc\.vercel\.com", "{issuer}:aud", "the team"),
    (r"sts\.windows\.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", "sts:RoleSessionName", "the workload"),
)
"""
The controls that IAM itself asks for when a trust policy is saved; roles from before keep what they have.

IAM lists some issuers of IBM Turbonomic besides, which are left out here. Of accounts.google.com and the OAuth
providers it asks nothing, although everybody can have their tokens: see `tenancy`.
Source: IAM User Guide, "Identity-provider controls for shared OIDC providers" (GRAM-048, OIDC-025).
"""

_PUBLIC = _controls(
    (r"accounts\.google\.com", "{issuer}:aud", "the application"),
    (r"www\.amazon\.com", "{issuer}:app_id", "the application"),
    (r"graph\.facebook\.com", "{issuer}:app_id", "the application"),
)


def tenancy(name: str) -> Control | None:
    """
    The control of a shared provider by its name in condition keys; None for one that serves a single tenant, as far as is known.

    `key` is filled in. Built-in providers whose tokens any application can have are among them.
    """
    for control in (*CONTROLS, *_PUBLIC):
        if control.issuer.fullmatch(name):
            return Control(control.issuer, control.key.format(issuer=name), control.tenant)
    return None


def uncontrolled(statement: Statement) -> Iterator[tuple[str, Control]]:
    """
    The shared providers that a statement of a trust policy lets in without asking which tenant, each with its control.

    A tenant is asked for by one positive test of a string with a letter or a figure in every
    value; IAM does not say which operators it takes for a test, so IfExists and ForAllValues, which
    hold without the claim, do not count.
    """
    if statement.effect is not Effect.ALLOW or statement.principal is None or statement.principal.negated:
        return
    if statement.action.negated or not any(
        matcher(value.lower())(WEB_IDENTITY.lower()) for value in statement.action.values
    ):
        return
    for named in statement.principal.federated:
        name = named.partition(":oidc-provider/")[2] or named
        control = tenancy(name)
        if control is not None and not _asks(statement, control.key):
            yield named, control


def _asks(statement: Statement, key: str) -> bool:
    """Whether one of the conditions holds a claim against something literal."""
    return any(
        condition.key.lower() == key.lower()
        and _positive(condition.operator)
        and condition.values
        and all(any(letter.isalnum() for letter in value) for value in condition.values)
        for condition in statement.conditions
    )


def _positive(operator: str) -> bool:
    read = reading(operator)
    return (
        read.operator is not None
        and not read.operator.negated
        and not read.if_exists
        and read.quantifier is not Quantifier.ALL
        and "String" in operator
    )
