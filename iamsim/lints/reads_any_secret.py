"""
It may read any secret of Secrets Manager.

Among them are the credentials of other programs and people; whoever reads them is those, too. Name the secrets: the
six characters that AWS puts behind a name are `??????` in an ARN.

Avoid:

    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/database-??????"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._lists import SECRETS
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import anywhere, compressed
from iamsim.model.finding import Audience, Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with the actions that it may do to anything; none for an administrator."""
    asked = powers(holder)
    found = anywhere(asked, SECRETS)
    if found and not administrator(asked):
        yield Seen(
            "secrets",
            f"{holder.label} may read any secret by {compressed(found)}",
            evidence=tuple(str(answer) for answer in found.values())[:_MOST],
            places=places(*(v for answer in found.values() for v in answer.allowing)),
        )


_MOST = 12

LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "AWS Secrets Manager User Guide, Identity-based policies",
    audience=Audience.EVERYONE,
    scope=Scope.PRINCIPAL,
)
