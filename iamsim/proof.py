"""Re-simulation of an edited organization: what it fixes, what it widens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iamsim.engine.patterns import Test, literal, matcher
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Organization, Resource, Role, User
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy, Statement
from iamsim.model.principal import HOLE, Principal, principal
from iamsim.model.remedy import Edit, Proof, Slot, Widening
from iamsim.model.request import Request
from iamsim.model.verdict import Decision
from iamsim.probes import Case

UNNAMED = "iamsim-unnamed"
"""Stands in the proof's domain for a resource that nobody named."""


def edited(organization: Organization, edits: Iterable[Edit]) -> Organization:
    """The organization after the edits; an edit of something that is not loaded changes nothing."""
    accounts = dict(organization.accounts)
    for edit in edits:
        for name, account in accounts.items():
            if edit.owner in account.roles:
                roles = {**account.roles, edit.owner: _edited_role(account.roles[edit.owner], edit)}
                accounts[name] = replace(account, roles=roles)
            elif edit.owner in account.users:
                users = {**account.users, edit.owner: _edited_user(account.users[edit.owner], edit)}
                accounts[name] = replace(account, users=users)
            elif edit.slot is Slot.RESOURCE and (
                edit.owner in account.resources or Arn.parse(edit.owner).account == name
            ):
                old = account.resources.get(edit.owner) or Resource(edit.owner)
                accounts[name] = replace(
                    account, resources={**account.resources, edit.owner: replace(old, policy=edit.after)}
                )
    return Organization(accounts)


def proof(case: Case, edits: tuple[Edit, ...], targets: tuple[str, ...]) -> Proof:
    """
    What a second simulation says: which of the probes that were refused are let through now, which of `targets` are not, and what else is.

    Every probe of the case is asked again, not the targets alone. `widened` asks every loaded
    principal for every action of the new statements, on every resource in play and on one that
    nobody named, as far as those statements can match; what the server's call or a tool needs does
    not count.
    """
    before = case.setup.simulator
    after = replace(before, organization=edited(before.organization, edits))
    fixed, still = [], []
    for name, probe in case.probes.items():
        old = probe.explanation
        if old.allowed:
            continue
        new = after.explain(_again(after, old.request))
        if new.allowed:
            fixed.append(name)
        elif name in targets:
            still.append(name)
    widened = tuple(_widened(case, before, after, edits))
    return Proof(tuple(fixed), tuple(still), widened, _domain(case, edits))


def added(edit: Edit) -> tuple[Statement, ...]:
    """The statements that the edit adds or changes."""
    old = edit.before.statements if edit.before is not None else ()
    plain = {_plain(statement) for statement in old}
    return tuple(statement for statement in edit.after.statements if _plain(statement) not in plain)


# ---------------------------------------------------------------- helpers


def _edited_role(role: Role, edit: Edit) -> Role:
    match edit.slot:
        case Slot.TRUST:
            return replace(role, trust=edit.after)
        case Slot.BOUNDARY:
            return replace(role, boundary=edit.after)
        case _:
            return replace(role, policies=_replaced(role.policies, edit))


def _edited_user(user: User, edit: Edit) -> User:
    if edit.slot is Slot.BOUNDARY:
        return replace(user, boundary=edit.after)
    return replace(user, policies=_replaced(user.policies, edit))


def _replaced(policies: tuple[Policy, ...], edit: Edit) -> tuple[Policy, ...]:
    if edit.before is None:
        return (*policies, edit.after)
    return tuple(edit.after if policy is edit.before or policy == edit.before else policy for policy in policies)


def _again(simulator: Simulator, request: Request) -> Request:
    """The same call, its context filled in anew: edited policies may ask for other condition keys."""
    known = {key: values for key, values in request.context.values.items() if not key.startswith("aws:principal")}
    return simulator.request(
        request.principal,
        request.action,
        request.resource,
        values=known,
        absent=request.context.absent,
        unbound=request.unbound,
    )


def _widened(case: Case, before: Simulator, after: Simulator, edits: tuple[Edit, ...]) -> Iterator[Widening]:
    """Whatever is newly allowed and not needed, sorted."""
    needed: dict[tuple[str, str], list[Test]] = {}
    for probe in case.probes.values():
        request = probe.explanation.request
        pattern = literal(request.resource).replace(HOLE, "*")
        needed.setdefault((_who(request.principal), request.action.lower()), []).append(matcher(pattern))
    found: set[Widening] = set()
    for edit in edits:
        new = added(edit)
        actions = sorted({value for statement in new for value in statement.action.values})
        for caller in _callers(case, edit, new):
            for action in actions:
                for resource in _resources(case, action, edit):
                    if any(test(resource) for test in needed.get((_who(caller), action.lower()), ())):
                        continue
                    if _turns(before, after, caller, action, resource):
                        found.add(Widening(_who(caller), action, resource.replace(HOLE, "*")))
    yield from sorted(found, key=lambda w: (w.principal, w.action, w.resource))
    yield from _classes(edits)


def _callers(case: Case, edit: Edit, new: tuple[Statement, ...]) -> Iterator[Principal]:
    """The loaded principals that the new statements can speak of."""
    if edit.slot not in (Slot.TRUST, Slot.RESOURCE):
        if _is_principal(edit.owner):
            yield principal(edit.owner)
        return
    named = {value for statement in new if statement.principal is not None for value in statement.principal.aws}
    anyone = any(statement.principal is not None and statement.principal.anyone for statement in new)
    for account in case.setup.simulator.organization.accounts.values():
        whole = anyone or account.id in named or any(value.endswith(f":{account.id}:root") for value in named)
        for arn in (*account.roles, *account.users):
            if whole or arn in named:
                yield principal(arn)


def _resources(case: Case, action: str, edit: Edit) -> tuple[str, ...]:
    """The resources in play for an action's service, and one of each shape that nobody named."""
    if edit.slot is Slot.TRUST:
        return (edit.owner,)
    service = action.partition(":")[0]
    of_service = {
        probe.explanation.request.resource
        for probe in case.probes.values()
        if probe.explanation.request.action.partition(":")[0] == service
    }
    unnamed = set()
    for resource in of_service - {"*"}:
        arn = Arn.parse(resource)
        kind, slash, rest = arn.resource.partition("/")
        other = (
            UNNAMED + (slash + rest if arn.service == "s3" else "") if arn.service == "s3" else kind + slash + UNNAMED
        )
        unnamed.add(str(replace(arn, resource=other)))
    return tuple(sorted(of_service | unnamed))


def _turns(before: Simulator, after: Simulator, caller: Principal, action: str, resource: str) -> bool:
    """Whether the request is let through, or may be, only after the edit."""
    new = after.explain(after.request(caller, action, resource))
    if Decision.ALLOWED not in new.possible or (HOLE in resource and not new.allowed):
        # Of a resource with a hole only some fillings match: those are asked about by name.
        return False
    old = before.explain(before.request(caller, action, resource))
    return Decision.ALLOWED not in old.possible or (new.allowed and not old.allowed)


def _classes(edits: tuple[Edit, ...]) -> Iterator[Widening]:
    """Callers that are not loaded, by class."""
    for edit in edits:
        for statement in added(edit):
            element = statement.principal
            if element is None:
                continue
            accounts = sorted({account for value in element.aws if (account := _account(value))})
            who = (
                ["any principal"]
                if element.anyone
                else [f"any principal of account {a} whose own policies allow it" for a in accounts]
            )
            for name in who:
                for action in statement.action.values:
                    yield Widening(name, action, edit.owner)


def _account(value: str) -> str | None:
    if value.isdigit():
        return value
    return Arn.parse(value).account if value.startswith("arn:") and value.endswith(":root") else None


def _domain(case: Case, edits: tuple[Edit, ...]) -> str:
    statements = [statement for edit in edits for statement in added(edit)]
    actions = sorted({value for statement in statements for value in statement.action.values})
    accounts = case.setup.simulator.organization.accounts.values()
    principals = sum(len(account.roles) + len(account.users) for account in accounts)
    return (
        f"{', '.join(actions) or 'no new action'}: each of the {principals} loaded principals that the new statements can match, "
        "on every resource in play and on one that nobody named; principals that are not loaded by class"
    )


def _plain(statement: Statement) -> tuple[object, ...]:
    return (
        statement.effect,
        statement.action,
        statement.resource,
        statement.principal,
        statement.conditions,
        statement.sid,
    )


def _who(caller: Principal) -> str:
    return caller.entity or caller.arn


def _is_principal(arn: str) -> bool:
    return ":role/" in arn or ":user/" in arn
