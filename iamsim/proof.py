"""Re-simulation of an edited organization: what it fixes, what it widens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from iamsim import quotas
from iamsim.bypass import bypassed
from iamsim.catalog import actions as catalog
from iamsim.engine.patterns import Test, literal, matcher
from iamsim.engine.principals import Grant, granted
from iamsim.engine.simulator import Simulator
from iamsim.engine.statements import CompiledStatement
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import HOLE, Principal, principal
from iamsim.model.remedy import Edit, Proof, Slot, Widening
from iamsim.model.request import Request
from iamsim.model.verdict import Decision
from iamsim.probes import Case

UNNAMED = "iamsim-unnamed"
"""Stands in the proof's domain for a resource that nobody named."""


def proof(case: Case, edits: tuple[Edit, ...], targets: tuple[str, ...]) -> Proof:
    """
    What a second simulation says: which of the probes that were refused are let through now, which of `targets` are not, and what else is.

    Every probe of the case is asked again, not the targets alone. `widened` asks every loaded
    principal that the changed statements can speak of for every action that they name (wildcards
    written out from the catalog; `*` as far as the services in play), on every resource in play, on
    a neighbour of each and on one of each resource type that nobody named. What the server's call
    or a tool needs does not count; principals that are not loaded are listed by class. Callers are
    asked in the session and with the condition keys of this case: what an added Allow goes past
    (`bypass`) is listed besides.
    """
    before = case.setup.simulator
    after = replace(before, organization=edited(before.organization, edits))
    fixed, still = [], []
    for name, probe in case.probes.items():
        if probe.explanation.allowed:
            continue
        if after.explain(_again(after, probe.explanation.request)).allowed:
            fixed.append(name)
        elif name in targets:
            still.append(name)
    changes = [_change(case, edit) for edit in edits]
    found = {widening for change in changes for widening in _widened(case, before, after, change)}
    widened = sorted(found, key=lambda w: (w.principal, w.action, w.resource))
    too_long = quotas.exceeded(before.organization, edits)
    return Proof(tuple(fixed), tuple(still), tuple(widened), _domain(changes), too_long)


def edited(organization: Organization, edits: Iterable[Edit]) -> Organization:
    """The organization after the edits; an edit of something that is not loaded changes nothing."""
    accounts = dict(organization.accounts)
    for edit in edits:
        for name, account in accounts.items():
            accounts[name] = _edited_account(account, edit)
    return Organization(accounts)


def loosens(edit: Edit) -> bool:
    """
    Whether the edit takes back a limit, which is never safe whatever else is found.

    One of a permissions boundary, one that changes or drops a Deny, one that drops a condition.
    """
    gone, come = _difference(edit)
    if edit.slot is Slot.BOUNDARY or any(statement.effect is Effect.DENY for statement in gone):
        return True
    kept = [set(statement.conditions) for statement in come]
    return bool(kept) and any(not any(set(statement.conditions) <= found for found in kept) for statement in gone)


# ---------------------------------------------------------------- the edited organization


def _edited_account(account: Account, edit: Edit) -> Account:
    if _shared(edit) is not None:
        return _with_shared(account, edit)
    if edit.slot is Slot.RESOURCE:
        # An S3 ARN tells no account: a bucket has to be loaded to be found.
        if edit.owner not in account.resources and Arn.parse(edit.owner).account != account.id:
            return account
        old = account.resources.get(edit.owner) or Resource(edit.owner)
        return replace(account, resources={**account.resources, edit.owner: replace(old, policy=edit.after)})
    if edit.owner in account.roles:
        return replace(account, roles={**account.roles, edit.owner: _edited_role(account.roles[edit.owner], edit)})
    if edit.owner in account.users:
        user = account.users[edit.owner]
        changed = (
            replace(user, boundary=edit.after)
            if edit.slot is Slot.BOUNDARY
            else replace(user, policies=_replaced(user.policies, edit))
        )
        return replace(account, users={**account.users, edit.owner: changed})
    return account


def _edited_role(role: Role, edit: Edit) -> Role:
    match edit.slot:
        case Slot.TRUST:
            return replace(role, trust=edit.after)
        case Slot.BOUNDARY:
            return replace(role, boundary=edit.after)
        case _:
            return replace(role, policies=_replaced(role.policies, edit))


def _replaced(policies: tuple[Policy, ...], edit: Edit) -> tuple[Policy, ...]:
    if edit.before is None:
        return (*policies, edit.after)
    return tuple(edit.after if policy == edit.before else policy for policy in policies)


def _shared(edit: Edit) -> str | None:
    """The ARN of the managed policy that is edited: one document, whoever it is attached to."""
    own = edit.slot in (Slot.TRUST, Slot.RESOURCE) or edit.before is None
    return None if own or edit.before is None else edit.before.arn


def _with_shared(account: Account, edit: Edit) -> Account:
    arn = _shared(edit)

    def new(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(edit.after if policy.arn == arn else policy for policy in policies)

    def limit(boundary: Policy | None) -> Policy | None:
        return edit.after if boundary is not None and boundary.arn == arn else boundary

    roles = {k: replace(r, policies=new(r.policies), boundary=limit(r.boundary)) for k, r in account.roles.items()}
    users = {k: replace(u, policies=new(u.policies), boundary=limit(u.boundary)) for k, u in account.users.items()}
    groups = {k: replace(g, policies=new(g.policies)) for k, g in account.groups.items()}
    return replace(account, roles=roles, users=users, groups=groups)


def _again(simulator: Simulator, request: Request) -> Request:
    """The same call; condition keys that only the edited policies ask for are filled in, what is known stays true."""
    return simulator.request(
        request.principal,
        request.action,
        request.resource,
        values=request.context.values,
        absent=request.context.absent,
        unbound=request.unbound,
    )


# ---------------------------------------------------------------- what an edit changes


@dataclass(frozen=True, slots=True)
class _Change:
    """One edit: the statements that go and come, the actions they decide otherwise, and whom they can speak of."""

    edit: Edit
    gone: tuple[Statement, ...]
    come: tuple[Statement, ...]
    actions: tuple[str, ...]
    callers: tuple[Principal, ...]


def _change(case: Case, edit: Edit) -> _Change:
    gone, come = _difference(edit)
    before = [CompiledStatement(statement, edit.before, PolicyType.RESOURCE) for statement in gone if edit.before]
    after = [CompiledStatement(statement, edit.after, PolicyType.RESOURCE) for statement in come]
    found = [
        action for action in _written_out(case, (*gone, *come)) if _naming(before, action) != _naming(after, action)
    ]
    return _Change(edit, gone, come, tuple(found), tuple(_callers(case, edit, (*gone, *come))))


def _difference(edit: Edit) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements that the edit takes out and those that it puts in; a changed one is both."""
    old = edit.before.statements if edit.before is not None else ()
    if edit.before is not None and edit.before.has_variables != edit.after.has_variables:
        return old, edit.after.statements
    had = {_plain(statement) for statement in old}
    has = {_plain(statement) for statement in edit.after.statements}
    gone = tuple(statement for statement in old if _plain(statement) not in has)
    return gone, tuple(statement for statement in edit.after.statements if _plain(statement) not in had)


def _plain(statement: Statement) -> tuple[object, ...]:
    return (statement.action, *_rest(statement))


def _rest(statement: Statement) -> tuple[object, ...]:
    return statement.effect, statement.resource, statement.principal, statement.conditions


def _naming(statements: Iterable[CompiledStatement], action: str) -> set[object]:
    """
    What the statements that name the action say beside it.

    Law: where these are the same before and after, so is every decision on the action.
    """
    found = ((statement, statement.names(action.lower())) for statement in statements)
    return {(named, _rest(statement.statement)) for statement, named in found if named is not False}


def _written_out(case: Case, statements: Iterable[Statement]) -> tuple[str, ...]:
    """Every action that the statements name, wildcards expanded; `*` and NotAction as far as the services in play."""
    found: dict[str, str] = {}
    values = {"*" if s.action.negated else value for s in statements for value in s.action.values}
    for value in values:
        names: Iterable[str] = (value,)
        if not value.strip("*") or value == "*:*":
            names = [name for service in _services(case) for name in catalog.expand(f"{service}:*")]
        elif "*" in value or "?" in value:
            names = catalog.expand(value)
        found.update({name.lower(): name for name in names})
    return tuple(sorted(found.values()))


def _callers(case: Case, edit: Edit, statements: Iterable[Statement]) -> Iterator[Principal]:
    """The loaded principals that the statements can speak of."""
    organization = case.setup.simulator.organization
    if edit.slot in (Slot.TRUST, Slot.RESOURCE):
        elements = [statement.principal for statement in statements if statement.principal is not None]
        for account in organization.accounts.values():
            for arn in (*account.roles, *account.users):
                if any(_speaks_of(element, principal(arn)) for element in elements):
                    yield principal(arn)
    elif _shared(edit) is None:
        yield principal(edit.owner)
    else:
        for account in organization.accounts.values():
            groups = {arn for arn, group in account.groups.items() if _carries(group.policies, edit)}
            for role in account.roles.values():
                if _carries((*role.policies, role.boundary), edit):
                    yield principal(role.arn)
            for user in account.users.values():
                if _carries((*user.policies, user.boundary), edit) or groups & set(user.groups):
                    yield principal(user.arn)


def _carries(policies: Iterable[Policy | None], edit: Edit) -> bool:
    return any(policy is not None and policy.arn == _shared(edit) for policy in policies)


def _speaks_of(element: PrincipalElement, caller: Principal) -> bool:
    return element.negated or granted(element, caller, trusts=False)[1] > Grant.NONE


# ---------------------------------------------------------------- what it widens


def _widened(case: Case, before: Simulator, after: Simulator, change: _Change) -> Iterator[Widening]:
    """Whatever is newly allowed and not needed."""
    needed = _needed(case)
    for action in change.actions:
        resources = _resources(case, action, change.edit) if change.callers else ()
        for caller in change.callers:
            tests = needed.get((_who(caller), action.lower()), ())
            for resource in resources:
                if not any(test(resource) for test in tests) and _turns(before, after, caller, action, resource):
                    yield Widening(_who(caller), action, resource.replace(HOLE, "*"))
    yield from _classes(case, change, needed)
    yield from bypassed(before.organization, change.edit, change.come, change.callers)


def _needed(case: Case) -> Mapping[tuple[str, str], list[Test]]:
    """What the call and the tools ask for, by caller and action; text that is not told is all of it."""
    found: dict[tuple[str, str], list[Test]] = {}
    for probe in case.probes.values():
        request = probe.explanation.request
        pattern = literal(request.resource).replace(HOLE, "*")
        found.setdefault((_who(request.principal), request.action.lower()), []).append(matcher(pattern))
    return found


def _turns(before: Simulator, after: Simulator, caller: Principal, action: str, resource: str) -> bool:
    """Whether the request is let through, or may be, only after the edit."""
    asked = after.request(caller, action, resource)
    new = after.decide(asked)
    if new in (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY):
        return False
    if new is not Decision.ALLOWED and (HOLE in resource or after.explain(asked).denied):
        # Of a resource with a hole only some fillings match: those are asked about by name.
        return False
    old = before.explain(before.request(caller, action, resource))
    return old.denied or (new is Decision.ALLOWED and not old.allowed)


def _classes(case: Case, change: _Change, needed: Mapping[tuple[str, str], object]) -> Iterator[Widening]:
    """Callers that are not loaded, by class."""
    accounts = case.setup.simulator.organization.accounts.values()
    loaded = {arn for account in accounts for arn in (*account.roles, *account.users)}
    for action in change.actions:
        for statement in change.come:
            had = {
                value
                for old in change.gone
                if old.resource == statement.resource and set(old.conditions) <= set(statement.conditions)
                for value in _named(old, change.edit, action)
            }
            for value, who in _named(statement, change.edit, action).items():
                if value not in had and value not in loaded and (value, action.lower()) not in needed:
                    yield Widening(who, action, change.edit.owner)


def _named(statement: Statement, edit: Edit, action: str) -> Mapping[str, str]:
    """Whom an Allow names, as written and in words; nobody where it does not name the action."""
    element = statement.principal
    names = CompiledStatement(statement, edit.after, PolicyType.RESOURCE).names(action.lower())
    if element is None or statement.effect is Effect.DENY or names is False:
        return {}
    if element.negated:
        return {"": "any principal that is not listed"}
    if element.anyone:
        return {"*": "any principal"}
    found = {value: f"service {value}" for value in element.service}
    found |= {value: f"identities of {value}" for value in element.federated}
    found |= {value: f"canonical user {value}" for value in element.canonical}
    for value in element.aws:
        account = _account(value)
        class_ = f"any principal of account {account} whose own policies allow it"
        found[value] = class_ if account else f"{value}, which is not loaded"
    return found


def _account(value: str) -> str | None:
    if value.isdigit():
        return value
    return Arn.parse(value).account if value.startswith("arn:") and value.endswith(":root") else None


# ---------------------------------------------------------------- the resources that are asked about

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


def _services(case: Case) -> tuple[str, ...]:
    return tuple(sorted({probe.explanation.request.action.partition(":")[0].lower() for probe in case.probes.values()}))


def _resources(case: Case, action: str, edit: Edit) -> tuple[str, ...]:
    """What an action can be asked for: resources in play of its types, a neighbour of each, and one of each type that nobody named."""
    if edit.slot is Slot.TRUST:
        return (edit.owner,)
    service = action.partition(":")[0].lower()
    known = catalog.action(action)
    if known is not None and not known.resource_types:
        return ("*",)
    asked = (probe.explanation.request for probe in case.probes.values())
    play = {request.resource for request in asked if request.action.partition(":")[0].lower() == service} - {"*"}
    play |= {edit.owner} if edit.slot is Slot.RESOURCE else set()
    if known is None:
        return tuple(sorted({"*"} | play | {_neighbour(resource) for resource in play}))
    fitting = {resource for resource in play if _of_types(service, resource, known.resource_types)}
    account = Arn.parse(edit.owner).account
    words = {"Partition": "aws", "Region": case.setup.region or "us-east-1", "Account": account}
    patterns = (catalog.resource_types(service) or {}).get
    unnamed = {
        _PLACEHOLDER.sub(lambda match: words.get(match[1], UNNAMED), pattern)
        for name in known.resource_types
        if (pattern := patterns(name))
    }
    return tuple(sorted(fitting | {_neighbour(resource) for resource in fitting} | unnamed))


def _neighbour(resource: str) -> str:
    """The resource beside it that nobody named: its last name exchanged."""
    match = re.fullmatch(r"(.*[:/])[^:/]*", resource, re.DOTALL)
    return (match[1] if match else "") + UNNAMED


def _of_types(service: str, resource: str, types: Iterable[str]) -> bool:
    """Whether the resource is of one of the types, as far as its ARN tells: of those it fits, the one that says most."""
    fits = [(literals, name) for literals, name, test in _tests(service) if test.fullmatch(resource)]
    most = max((literals for literals, _ in fits), default=0)
    return not fits or any(name in types for literals, name in fits if literals == most)


@cache
def _tests(service: str) -> tuple[tuple[int, str, re.Pattern[str]], ...]:
    """The resource types of a service: how much their ARN says, their name, and a test."""
    found = []
    for name, pattern in (catalog.resource_types(service) or {}).items():
        *fields, last = _PLACEHOLDER.sub("\0", pattern).split(":", 5)
        literals = sum(len(field.replace("\0", "")) for field in (*fields, last))
        written = [re.escape(field).replace("\0", "[^:]*") for field in fields]
        found.append((literals, name, re.compile(":".join([*written, re.escape(last).replace("\0", ".+")]), re.DOTALL)))
    return tuple(found)


def _domain(changes: Iterable[_Change]) -> str:
    changes = tuple(changes)
    actions = sorted({action for change in changes for action in change.actions})
    callers = {_who(caller) for change in changes for caller in change.callers}
    shown = ", ".join(actions[:12]) + (f" and {len(actions) - 12} more" if len(actions) > 12 else "")  # noqa: PLR2004 - a line's worth
    who = f"{len(callers)} loaded principal" + ("" if len(callers) == 1 else "s")
    return (
        f"{shown or 'no new action'}: {who} that the changed statements can speak of, on every resource in play, a neighbour of each "
        "and one of each type that nobody named; principals that are not loaded by class"
    )


def _who(caller: Principal) -> str:
    return caller.entity or caller.arn
