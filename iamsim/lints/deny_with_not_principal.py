"""
A statement denies everybody whom it does not list, and perhaps those too.

NotPrincipal exempts somebody only where every level is listed: the account beside the user, and for a role the
account, the role and the very session. Whoever has a permissions boundary is never exempt. A condition on
aws:PrincipalArn says the same without these traps.

Avoid:

    {
      "Effect": "Deny",
      "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/server"},
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::documents/*"
    }

Prefer:

    {
      "Effect": "Deny",
      "Principal": "*",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::documents/*",
      "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/server"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.engine.principals import excluded
from iamsim.errors import InputError
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._saying import quoted
from iamsim.lints._trust import account_of
from iamsim.model.finding import Severity
from iamsim.model.policy import Effect, PrincipalElement
from iamsim.model.principal import principal


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement; it is graver where one whom it lists is denied for sure."""
    for part in draft.statements():
        read = part.statement
        if read is None or read.effect is not Effect.DENY or read.principal is None or not read.principal.negated:
            continue
        hit = [value for value in read.principal.aws if not account_of(value) and _hit(read.principal, value)]
        told = f"{part.label} denies everybody but those it lists"
        if hit:
            told = f"{part.label} denies {quoted(hit)} too, which it means to spare"
        at = (*part.at, "NotPrincipal")
        yield Seen(part.subject, told, at, severity=Severity.HIGH if hit else None)


def _hit(element: PrincipalElement, value: str) -> bool:
    try:
        return excluded(element, principal(value), bounded=False) is True
    except InputError:
        return False


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "IAM User Guide, AWS JSON policy elements: NotPrincipal",
    kinds=frozenset({PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT}),
)
