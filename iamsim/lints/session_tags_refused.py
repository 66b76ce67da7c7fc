"""
A role or user may send session tags or a source identity to a role that does not take them.

sts:TagSession and sts:SetSourceIdentity are asked of the trust policy too. A call that sends them to a role whose
trust policy does not allow them is refused as a whole, sts:AssumeRole with it.

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
from iamsim.model.arn import is_role
from iamsim.model.finding import Confidence, Severity
from iamsim.model.origin import Origin
from iamsim.model.policy import Effect, Statement
from iamsim.model.verdict import Layer

_BESIDE = {"sts:tagsession": "sts:TagSession", "sts:setsourceidentity": "sts:SetSourceIdentity"}


def check(holder: Holder) -> Iterator[Seen]:
    """One for each loaded role that the caller may assume, and whose trust policy refuses what the caller's policies name outright."""
    found: dict[str, dict[str, Origin]] = {}
    for policy in holder.policies() if not holder.world.alone else ():
        for statement in policy.statements:
            for value in statement.action.values if _allows(statement) else ():
                action = _BESIDE.get(value.lower())
                for role in _named(holder, statement) if action else ():
                    if _refused(holder, role, action or ""):
                        found.setdefault(role, {}).setdefault(action or "", statement.origin)
    for role, actions in found.items():
        told = f"{holder.label} may send {' and '.join(actions)} to {role}, whose trust policy does not allow it: such a call is refused as a whole"
        loaded = holder.world.organization.role(role)
        trust = (loaded.trust.origin,) if loaded is not None and loaded.trust is not None else ()
        yield Seen(role, told, places=tuple(dict.fromkeys((*actions.values(), *trust))))


def _allows(statement: Statement) -> bool:
    resource = statement.resource
    return (
        statement.effect is Effect.ALLOW
        and not statement.action.negated
        and resource is not None
        and not resource.negated
    )


def _named(holder: Holder, statement: Statement) -> Iterator[str]:
    """The loaded roles that a statement is about."""
    organization = holder.world.organization
    for value in statement.resource.values if statement.resource else ():
        if "*" in value or "?" in value:
            fits = matcher(value)
            yield from (role.arn for role in organization.roles() if fits(role.arn))
        elif is_role(value) and organization.role(value) is not None:
            yield value


def _refused(holder: Holder, role: str, action: str) -> bool:
    if role == holder.arn or holder.explain(ASSUME, role).denied:
        return False
    asked = holder.explain(action, role)
    return asked.denied and Layer.RESOURCE in asked.failing


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, Pass session tags in AWS STS: Permissions to add session tags",
    confidence=Confidence.LIKELY,
    scope=Scope.PRINCIPAL,
)
