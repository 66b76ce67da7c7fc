"""The conditions of a policy that an added Allow goes past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamsim.engine.statements import CompiledStatement
from iamsim.model.account import Organization
from iamsim.model.policy import Effect, Policy, PolicyType, Statement
from iamsim.model.principal import HOLE, Principal
from iamsim.model.remedy import Edit, Slot, Widening
from iamsim.model.request import Context, Request


def bypassed(
    organization: Organization, edit: Edit, come: Iterable[Statement], callers: tuple[Principal, ...]
) -> Iterator[Widening]:
    """
    What the Allow statements that `edit` puts in let everybody do whom a statement beside them lets do it under conditions.

    A permission that the role has for some sessions or some requests only (a condition, a policy
    variable in the resource) was refused to the one that was asked about. Given without, it is
    given to all of them: one entry for each action, resource and statement that is gone past.
    """
    if edit.slot not in (Slot.INLINE, Slot.MANAGED):
        return
    for caller in callers[:1]:
        for policy in _own(organization, edit.owner):
            for old in policy.statements:
                if old.effect is Effect.ALLOW and policy != edit.after:
                    yield from _past(CompiledStatement(old, policy, PolicyType.IDENTITY), come, caller, edit.owner)


def _past(old: CompiledStatement, come: Iterable[Statement], caller: Principal, owner: str) -> Iterator[Widening]:
    for statement in come:
        if statement.effect is not Effect.ALLOW or statement.conditions or statement.resource is None:
            continue
        for action in statement.action.values:
            for resource in statement.resource.values:
                # Nothing is known of the request but what it asks for: what stays open is what the old statement asks.
                request = Request(caller, action, resource.replace("*", HOLE), Context(complete=False))
                if old.names(action.lower()) is True and old.holds(request) is None and _asks(old.statement):
                    where = f"{old.policy.name}, {old.statement.label} ({old.statement.origin})"
                    yield Widening(f"every session of {owner}, past what {where} asks for", action, resource)


def _asks(statement: Statement) -> bool:
    return bool(statement.conditions) or any(
        "${" in value for value in (statement.resource.values if statement.resource else ())
    )


def _own(organization: Organization, owner: str) -> tuple[Policy, ...]:
    found = (organization.role(owner) if ":role/" in owner else None) or (
        organization.user(owner) if ":user/" in owner else None
    )
    return found.policies if found is not None else ()
