"""
Under Federated stands neither the ARN of an identity provider nor a domain name.

IAM refuses the trust policy. An OpenID Connect provider is named by its ARN, whose last part is the issuer without
`https://`; a SAML provider by its ARN; Amazon Cognito, Login with Amazon, Facebook and Google by their domain.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "https://token.example.com"},
      "Action": "sts:AssumeRoleWithWebIdentity"
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.example.com"},
      "Action": "sts:AssumeRoleWithWebIdentity"
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import named
from iamsim.model.finding import Severity

_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(?:saml-provider/.+|oidc-provider/(?!https?://).+)")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; wildcards are another's."""
    for part in draft.statements():
        for text in named(part, "Federated"):
            value = text.value
            if "*" not in value and "?" not in value and not _ARN.fullmatch(value) and not _DOMAIN.fullmatch(value):
                yield Seen(
                    f"{part.subject} {value}",
                    f"`{clipped(value)}` is neither the ARN of an identity provider nor a domain name",
                    text.at,
                    ("an OpenID Connect provider is arn:aws:iam::account:oidc-provider/issuer, without https://",),
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference",
    codes=("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",),
    kinds=frozenset({PolicyKind.TRUST}),
)
