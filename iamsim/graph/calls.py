"""What the engine says of one caller and one role: the plain call, and the one that meets the conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec import structs

from iamsim.engine.reasons import WORDS
from iamsim.engine.simulator import Simulator
from iamsim.graph import witness, words
from iamsim.graph.model import Answer, State
from iamsim.graph.witness import ASSUME, SAML, WEB, Values
from iamsim.model.policy import Effect, PolicyType, Statement
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Context, Request
from iamsim.model.server import Call
from iamsim.model.verdict import Decision, Explanation, Layer
from iamsim.sts.assume_role import context as of_call

_ACTIONS = {PrincipalKind.WEB_IDENTITY: WEB, PrincipalKind.SAML: SAML}
_UNSIGNED = (*_ACTIONS, PrincipalKind.SERVICE)
_STATEMENTS = 20
"""How many statements of a trust policy are tried for a call that meets one."""


def action(caller: Principal) -> str:
    """The operation by which `caller` assumes a role."""
    return _ACTIONS.get(caller.kind, ASSUME)


def opened(simulator: Simulator, caller: Principal, role: str) -> Request:
    """The call of which nothing is told but who makes it: what the caller may choose is left open."""
    federated = caller.kind in _ACTIONS
    values = {} if caller.kind in _UNSIGNED else witness.plain()
    request = simulator.request(caller, action(caller), role, values=values, absent=() if federated else _NEVER)
    return _without_claims(request) if federated else request


def answer(simulator: Simulator, caller: Principal, role: str, *, full: bool = True) -> Answer:
    """
    Whether `caller` can assume `role`, by the engine alone.

    The plain call sends a session name and nothing else. Where it is not let through for sure, a
    call that meets the conditions of each Allow statement is made up, with the permissions that it
    needs beside (sts:SetSourceIdentity, sts:TagSession), and asked; one that is allowed makes the
    answer `conditional`. Not `full`: the words of an allowed or denied call are left out.
    """
    request = opened(simulator, caller, role)
    always = witness.always_asked(caller)
    if not full and not always and not _is_unnamed(caller):
        found = simulator.decide(request)
        if found is Decision.ALLOWED:
            return Answer(State.ALLOWED, "")
        if found is not Decision.UNKNOWN:
            return Answer(State.DENIED, "")
    every = [simulator.explain(each) for each in (request, *(_other(simulator, request, name) for name in always))]
    denied = next((each for each in every if each.denied), None)
    if denied is not None:
        return Answer(State.DENIED, _why(denied), denied.failing)
    if all(each.allowed for each in every):
        return Answer(State.ALLOWED, _why(every[0]))
    open_ = next(each for each in every if not each.allowed)
    if not any(witness.chosen(key, caller) for each in every for key in each.missing_context):
        # Nothing that the call could carry would tell.
        return _open(open_, ())
    return _met(simulator, every[0], full=full)


def with_parameters(simulator: Simulator, caller: Principal, found: Answer, role: str) -> Mapping[str, Explanation]:
    """What the engine says where the call sets a source identity or passes tags besides, by the action that is then asked for."""
    if caller.kind in _UNSIGNED:
        return {}
    base = {**witness.plain(), **found.sends}
    extra: dict[str, Mapping[str, tuple[str, ...]]] = {
        witness.SET_SOURCE_IDENTITY: {"sts:sourceidentity": (witness.plain()["sts:rolesessionname"][0],)},
        witness.TAG_SESSION: {},
    }
    return {
        name: simulator.explain(simulator.request(caller, name, role, values={**values, **base}, absent=_NEVER))
        for name, values in extra.items()
    }


def with_source_identity(simulator: Simulator, caller: Principal, role: str, sends: Values) -> tuple[Explanation, ...]:
    """What the engine says of a call that sends these keys, a source identity among them, by each action that it is asked for."""
    values = {**witness.plain(), **sends}
    return tuple(
        simulator.explain(simulator.request(caller, name, role, values=values, absent=_NEVER))
        for name in (ASSUME, witness.SET_SOURCE_IDENTITY)
    )


# ---------------------------------------------------------------- helpers

# Keys that STS never sends with AssumeRole (TRUST-019, KEY-038 to 043), as the calls of servers have them.
_NEVER = frozenset(
    key
    for key in of_call(Call("", ""), Principal(PrincipalKind.ROOT, ""))[1]
    if key not in ("sts:externalid", "sts:sourceidentity", "aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys")
)
_NOT_SENT = ("sts:externalid", "sts:sourceidentity", "sts:transitivetagkeys", "aws:tagkeys", "aws:requesttag/")


def _other(simulator: Simulator, request: Request, name: str) -> Request:
    """The same call, asked for another action that it needs."""
    context = request.context
    return simulator.request(
        request.principal, name, request.resource, values=witness.of_call(context.values), absent=_NEVER
    )


def _without_claims(request: Request) -> Request:
    """The same, the claims of the token left open: which it has is not told."""
    open_ = {"sts:rolesessionname", "sts:sourceidentity", "aws:tagkeys", "sts:transitivetagkeys"}
    absent = frozenset(key for key in request.context.absent if not witness.is_claim(key) and key not in open_)
    return structs.replace(request, context=Context(request.context.values, absent, complete=False))


def _met(simulator: Simulator, explanation: Explanation, *, full: bool) -> Answer:
    """The answer where it depends on something: on what the call carries, or on what is not known."""
    caller, role = explanation.request.principal, explanation.request.resource
    best: Answer | None = None
    met: list[Answer] = []
    # A token or a service has no plain call: it says what it says.
    plain: tuple[tuple[Statement, ...], ...] = () if caller.kind in _UNSIGNED else ((),)
    for statements in (*plain, *_tried(explanation)):
        values = witness.sends(statements, caller, explanation.request.context.values, role)
        found = None if values is None else _asked(simulator, explanation, statements, values, full=full)
        if found is None:
            continue
        if found.state is State.ALLOWED:
            return found
        if found.state is State.CONDITIONAL:
            met.append(found)
        elif best is None or len(found.depends) < len(best.depends):
            best = found
    if met:
        ways = tuple(dict.fromkeys(each.requires for each in met))
        return replace(met[0], alternatives=tuple(way for way in ways if way != met[0].requires))
    return best or _refused_in_every_way(simulator, explanation) or _open(explanation, ())


def _refused_in_every_way(simulator: Simulator, explanation: Explanation) -> Answer | None:
    """
    A denial where no call can go through: neither one without source identity and tags, nor one with either.

    A call that sends one needs a permission of its own for it, which may be missing for sure.
    """
    caller, role = explanation.request.principal, explanation.request.resource
    if caller.kind in _UNSIGNED:
        return None
    without = {*_NEVER, *_NOT_SENT} - {"sts:externalid"}
    ways = [simulator.explain(simulator.request(caller, ASSUME, role, values=witness.plain(), absent=without))]
    ways += [
        simulator.explain(simulator.request(caller, name, role, values=witness.plain(), absent=_NEVER))
        for name in (witness.SET_SOURCE_IDENTITY, witness.TAG_SESSION)
    ]
    if not all(way.denied for way in ways):
        return None
    plain_, *beside = ways
    needed = [way for way, key in zip(beside, ("sts:sourceidentity", "aws:"), strict=True) if _asks(explanation, key)]
    told = needed or [plain_]
    return Answer(State.DENIED, "; ".join(_why(way) for way in told), told[0].failing, _open(explanation, ()).requires)


def _asks(explanation: Explanation, beginning: str) -> bool:
    return any(key.startswith(beginning) for key in explanation.missing_context)


def _tried(explanation: Explanation) -> Iterator[tuple[Statement, ...]]:
    """For each Allow statement of the trust policy that may apply: it, with what limits the caller besides."""
    may = [v for v in explanation.statements if v.matched is not False]
    trusting = [v for v in may if v.type is PolicyType.RESOURCE and v.statement.effect is Effect.ALLOW]
    own = tuple(v.statement for v in may if v.type is not PolicyType.RESOURCE and v.statement.effect is Effect.ALLOW)
    denies = tuple(_turned(v.statement) for v in may if v.matched is None and v.statement.effect is Effect.DENY)
    for verdict in trusting[:_STATEMENTS]:
        yield (verdict.statement, *own)
        if denies:
            yield (verdict.statement, *own, *denies)


_TURNED = {"true": "false", "false": "true"}
_OPPOSITE = {
    "stringnotequals": "StringEquals",
    "stringnotequalsignorecase": "StringEqualsIgnoreCase",
    "stringnotlike": "StringLike",
    "arnnotlike": "ArnLike",
    "arnnotequals": "ArnEquals",
}


def _turned(statement: Statement) -> Statement:
    """A Deny as an Allow that keeps clear of it: each condition as its opposite, where it has one."""
    conditions = []
    for each in statement.conditions:
        _, base, _ = words.operator(each)
        if base in ("null", "bool"):
            values = tuple(_TURNED.get(value.lower(), value) for value in each.values)
            conditions.append(replace(each, operator="Null" if base == "null" else "Bool", values=values))
        elif base in _OPPOSITE:
            conditions.append(replace(each, operator=_OPPOSITE[base]))
    return replace(statement, effect=Effect.ALLOW, conditions=tuple(conditions))


def _asked(
    simulator: Simulator, first: Explanation, statements: tuple[Statement, ...], values: Values, *, full: bool
) -> Answer | None:
    """The answer to a call that sends exactly these keys, with every permission that it needs; None where it is denied."""
    caller, role = first.request.principal, first.request.resource
    federated = caller.kind in _ACTIONS
    absent: set[str] = set()
    if caller.kind not in _UNSIGNED:
        absent = {*_NEVER, *_NOT_SENT} - set(values)
        if any(key.startswith("aws:requesttag/") for key in values):
            absent.discard("aws:requesttag/")
            asked_for = {c.key.lower() for v in first.statements for c in v.statement.conditions}
            absent |= {key for key in asked_for if key.startswith("aws:requesttag/") and key not in values}
    requests = []
    also = dict.fromkeys((*witness.always_asked(caller), *witness.also_asked(values)))
    for name in (first.request.action, *also):
        request = simulator.request(caller, name, role, values=values, absent=absent)
        requests.append(_without_claims(request) if federated else request)
    decisions = [simulator.decide(request) for request in requests]
    if any(found not in (Decision.ALLOWED, Decision.UNKNOWN) for found in decisions):
        return None
    requires = tuple(
        dict.fromkeys(
            words.condition(each)
            for statement in statements
            for each in statement.conditions
            if witness.chosen(each.key.lower(), caller)
        )
    )
    if Decision.UNKNOWN in decisions:
        return replace(_open(simulator.explain(requests[decisions.index(Decision.UNKNOWN)]), requires), sends=values)
    why = _why(simulator.explain(requests[0])) if full else ""
    return Answer(State.CONDITIONAL if requires else State.ALLOWED, why, requires=requires, sends=values)


def _is_unnamed(caller: Principal) -> bool:
    """Whether the caller stands for those that were not loaded: what it may is never known for sure."""
    return caller.entity is not None and HOLE in caller.entity


def _open(explanation: Explanation, requires: tuple[str, ...]) -> Answer:
    """The answer that the inputs do not give, with what it turns on: conditions that are open, policies that were not seen."""
    clauses = [*requires]
    for verdict in explanation.decisive if explanation.missing_context else ():
        count = len(verdict.statement.conditions)
        elements = verdict.elements[-count:] if count else ()
        told = [
            words.condition(c) for c, e in zip(verdict.statement.conditions, elements, strict=True) if e.matched is None
        ]
        clauses += [f"not: {' and '.join(told)}"] if told and verdict.statement.effect is Effect.DENY else told
    depends = (*explanation.missing_context, *(WORDS[Layer(kind.value)] for kind in explanation.unseen))
    why = _why(explanation)
    return Answer(State.UNKNOWN, why, explanation.failing, tuple(dict.fromkeys(clauses)), depends=depends)


def _why(explanation: Explanation) -> str:
    """The reason, with the action where it is not the plain call's."""
    action_ = explanation.request.action
    return explanation.reason if action_ in (ASSUME, WEB, SAML) else f"{action_}: {explanation.reason}"
