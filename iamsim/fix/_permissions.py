"""The policy of a function as what it is made of: permissions, which are added and taken away one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iamsim.fix._targets import Target
from iamsim.model.policy import Effect, Policy, Statement
from iamsim.model.principal import HOLE

_CONDITIONS = {
    ("arnlike", "aws:sourcearn"): "source_arn",
    ("stringequals", "aws:sourceaccount"): "source_account",
    ("stringequals", "aws:principalorgid"): "principal_org_id",
    ("stringequals", "lambda:eventsourcetoken"): "event_source_token",
    ("stringequals", "lambda:functionurlauthtype"): "function_url_auth_type",
}
"""What a permission may say besides. Source: AWS Lambda API Reference, AddPermission."""

_SID = re.compile(r"[\w-]{1,100}", re.ASCII)
_ACTION = re.compile(r"lambda:(?:[A-Za-z]{1,64}|\*)|\*")
_PRINCIPAL = re.compile(
    r"\*|\d{12}|[a-z0-9-]+(?:\.[a-z0-9-]+)+|arn:[\w-]+:(?:iam|sts)::\d{12}:[\w+=,.@/-]{1,600}", re.ASCII
)
_TEXT = re.compile(r"[\w+=,.@:/*-]{1,300}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission: what AddPermission takes; `conditions` are its other parameters, by their names in Terraform."""

    id: str
    action: str
    principal: str
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """The ids of the permissions to take away, and those to add then."""

    gone: tuple[str, ...]
    come: tuple[Permission, ...]


def steps(target: Target, before: Policy | None, after: Policy) -> Steps | None:
    """What makes the policy of a function `after`; None where no permissions make it."""
    old = _permissions(target, before.statements if before is not None else ())
    new = _permissions(target, after.statements)
    if old is None or new is None:
        return None
    had = {_said(each): each.id for each in old}
    has = {_said(each): each.id for each in new}
    gone = {each.id for each in old if _said(each) not in has}
    if "" in gone:
        return None
    # Permissions of one statement go together: those that stay come back.
    come = [each for each in new if _said(each) not in had or had[_said(each)] in gone]
    taken = {each.id for each in old} - gone
    return Steps(tuple(sorted(gone)), tuple(_named(come, taken)))


def _permissions(target: Target, statements: tuple[Statement, ...]) -> list[Permission] | None:
    found: list[Permission] = []
    for statement in statements:
        of_one = list(_of(target, statement))
        if None in of_one:
            return None
        found += [each for each in of_one if each is not None]
    return found


def _of(target: Target, statement: Statement) -> Iterator[Permission | None]:
    """The permissions of a statement; None for what a permission cannot say."""
    principal = statement.principal
    if statement.effect is Effect.DENY or principal is None or principal.negated or statement.action.negated:
        yield None
        return
    on = statement.resource
    conditions = tuple(_conditions(statement))
    if (on is not None and (on.negated or on.values != (str(target.arn),))) or None in conditions:
        yield None
        return
    if principal.federated or principal.canonical:
        yield None
    callers = ("*",) if principal.anyone else (*principal.aws, *principal.service)
    for action in statement.action.values:
        for caller in callers:
            fits = _ACTION.fullmatch(action) and _PRINCIPAL.fullmatch(caller)
            told = tuple(sorted(each for each in conditions if each is not None))
            yield Permission(statement.sid or "", action, caller, told) if fits else None


def _conditions(statement: Statement) -> Iterator[tuple[str, str] | None]:
    for condition in statement.conditions:
        name = _CONDITIONS.get((condition.operator.lower(), condition.key.lower()))
        plain = len(condition.values) == 1 and _TEXT.fullmatch(condition.values[0])
        yield (name, condition.values[0]) if name is not None and plain else None


def _said(permission: Permission) -> tuple[object, ...]:
    return permission.action, permission.principal, permission.conditions


def _named(found: list[Permission], taken: set[str]) -> Iterator[Permission]:
    """The permissions, each with an id of its own that AWS takes."""
    for each in found:
        wanted = each.id if _SID.fullmatch(each.id) and HOLE not in each.id else "iamsim"
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted[:90]}-{number}"
        taken.add(name)
        yield Permission(name, each.action, each.principal, each.conditions)
