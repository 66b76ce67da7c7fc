"""
A trust policy asks for MFA of somebody who cannot have it.

A session of a role carries no MFA, also where its user had to show one to get it, and a service has none. aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge are then
absent, and the condition never holds: nobody can assume the role.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"},
      "Action": "sts:AssumeRole",
      "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    }

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import allowing, holds_without
from iamsim.model.finding import Severity

_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such condition in a statement that names roles, their sessions and services alone."""
    for part, statement, element in allowing(draft):
        roles = all(":role/" in value or ":assumed-role/" in value or value.startswith("AROA") for value in element.aws)
        if (
            element.anyone
            or element.canonical
            or not roles
            or not (element.aws or element.service or element.federated)
        ):
            continue
        for condition in statement.conditions:
            if condition.key.lower() in _KEYS and not holds_without(condition):
                at = (*part.at, "Condition", condition.operator, condition.key)
                told = f"{part.label} never applies: who it names has no MFA"
                yield Seen(f"{part.subject} {condition.key}", told, at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, Secure API access with MFA: MFA protection is available only with temporary credentials of users",
    kinds=frozenset({PolicyKind.TRUST}),
)
