"""The lints of high severity or worse, for everyone: those that a check asks; written by `make readme`."""

from __future__ import annotations

SERIOUS = frozenset(
    {
        "action-does-not-fit-principal",
        "allow-with-not-principal",
        "allows-all-but-actions",
        "allows-everything",
        "any-token-of-provider",
        "anyone-may-assume",
        "assumes-any-role",
        "claim-not-mapped",
        "cognito-unauthenticated",
        "deny-excludes-everything",
        "escalates-by-changing-trust",
        "escalates-by-editing-policies",
        "escalates-by-organization",
        "escalates-by-passing-a-role",
        "escalates-by-taking-over-a-user",
        "escalates-through-other-roles",
        "excludes-nothing",
        "federated-principal-outside-trust",
        "incomplete-arn",
        "malformed-variable",
        "mfa-asked-of-a-role",
        "mfa-not-asked-of-all",
        "organization-denies-federation",
        "passes-any-role",
        "placeholder-left-in",
        "provider-not-in-account",
        "public-resource",
        "rcp-hits-the-wrong-callers",
        "service-needs-more-actions",
        "session-key-without-its-action",
        "source-ip-beside-vpc",
        "source-key-denies-callers",
        "variable-in-old-version",
        "variable-unsupported-here",
        "wildcard-in-sensitive-key",
    }
)
