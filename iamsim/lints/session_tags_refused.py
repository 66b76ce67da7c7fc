"""
A role or user may send session tags or a source identity to a role that does not take them.

sts:TagSession and sts:SetSourceIdentity are asked of the trust policy too. A call that sends them to a role whose trust policy does not allow them
is refused as a whole, sts:AssumeRole with it.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.engine.patterns import matcher
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._trust import ASSUME
from iamsim.model.finding import Confidence, Severity
from iamsim.model.policy import Effect, Statement
from iamsim.model.verdict import Layer

_BESIDE = {"sts:tagsession": "sts:TagSession", "sts:setsourceidentity": "sts:SetSourceIdentity"}


def check(holder: Holder) -> Iterator[Seen]:
    """One for each loaded role that the caller may assume, and whose trust policy refuses what the caller's policies name outright."""
    if holder.world.alone:
        return
    for policy in holder.policies():
        for statement in policy.statements:
            for value in statement.action.values if _allows(statement) else ():
                action = _BESIDE.get(value.lower())
                if action is not None:
                    yield from _refused(holder, statement, action)


def _allows(statement: Statement) -> bool:
    resource = statement.resource
    return (
        statement.effect is Effect.ALLOW
        and not statement.action.negated
        and resource is not None
        and not resource.negated
    )


def _refused(holder: Holder, statement: Statement, action: str) -> Iterator[Seen]:
    tests = [matcher(value) for value in (statement.resource.values if statement.resource else ())]
    for role in holder.world.organization.roles():
        if role.arn == holder.arn or not any(test(role.arn) for test in tests):
            continue
        if (
            not holder.explain(ASSUME, role.arn).denied
            and Layer.RESOURCE in (asked := holder.explain(action, role.arn)).failing
            and asked.denied
        ):
            told = f"{holder.label} may send {action} to {role.arn}, whose trust policy does not allow it: such a call is refused as a whole"
            places = (statement.origin, *((role.trust.origin,) if role.trust else ()))
            yield Seen(f"{action} {role.arn}", told, places=places)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, Pass session tags in AWS STS: Permissions to add session tags",
    confidence=Confidence.LIKELY,
    scope=Scope.PRINCIPAL,
)
