"""
The policy of a resource names an identity provider.

It gives nobody anything: who signs in through a provider becomes a session of a role, and asks as that session. A
provider can only be named where the role is assumed. Name the role.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.example.com"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*"
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/web"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value."""
    for part in draft.statements():
        for kind, text in part.principals():
            if kind == "Federated":
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` is an identity provider: it has no meaning outside the trust of a role",
                    text.at,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("FEDERATED_PRINCIPAL_NOT_SUPPORTED",),
    kinds=frozenset({PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT, PolicyKind.RCP}),
)
