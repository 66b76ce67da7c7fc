"""The policies that are exactly enough for a server's manifest: the role's, its trust policy, and the server's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from iamsim import probes, quotas
from iamsim.errors import InputError, NothingToCheckError
from iamsim.generate._asked import STAR, Generated, Made, Question, Side
from iamsim.generate._assuming import Assuming, assuming, is_called
from iamsim.generate._sized import fits_trust, sized
from iamsim.generate._statements import statements
from iamsim.generate._wanted import SIDES, Wanted, side_of, wanted
from iamsim.generate._world import policy, setup
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Slot
from iamsim.model.report import Need, Status
from iamsim.model.server import Parameter
from iamsim.model.tool import Necessity
from iamsim.model.verdict import Layer

__all__ = ["STAR", "Generated", "Made", "Question", "Side", "generate"]

_SHOWN = 8


def generate(question: Question) -> Generated:
    """
    The policies, and what is not told of what they have to allow.

    They are asked about before they are handed out: in an account that has them and nothing that forbids, every need is
    allowed. Raises `InputError` for what cannot be named without a parameter that nobody gave, for a role or principal
    that has to be told, and for more than AWS stores.
    """
    _must_be_told(question)
    question = _opened(question)
    empty = setup(question, {})
    call = assuming(question, empty)
    found = wanted(question, empty)
    if found.missing:
        raise _missing(found.missing)
    made = tuple(_made(question, found, call))
    if not made:
        raise NothingToCheckError(
            f"no tool of {question.server.name}@{question.server.version} is known to need a policy there",
            hint=next(
                _open(question, found, call), "ask --for another side, or --optional for what tools can do without"
            ),
        )
    failing, held = _asked(question, made, found.keys)
    return Generated(
        made,
        tuple(dict.fromkeys((*_open(question, found, call), *failing))),
        tuple(dict.fromkeys((*call.notes, *_notes(question, found, made)))),
        held,
    )


# ---------------------------------------------------------------- what has to be told


def _must_be_told(question: Question) -> None:
    sides, caller = question.sides, question.caller
    used = {side_of(need, question) for tool in question.tools for need in tool.requirements}
    called = is_called(question) and question.server.assume is not None
    if question.role_arn is None and (
        (Side.ROLE in sides and Side.ROLE in used) or (called and {Side.TRUST, Side.SERVER} & sides)
    ):
        raise InputError("the role that tools use is not told", hint="give --role-arn ARN; it need not exist yet")
    if not question.caller_told and (
        (Side.SERVER in sides and Side.SERVER in used)
        or (called and not _passes_token(question) and {Side.TRUST, Side.SERVER} & sides)
    ):
        raise InputError(
            "whom the server runs as is not told",
            hint="give --server-principal with the ARN of its role, or none; or ask --for role alone",
        )
    if caller is not None and caller.entity is None and Side.SERVER in sides:
        raise InputError(f"{caller.arn} can have no policies", hint="let the server run as a role")


def _passes_token(question: Question) -> bool:
    return question.server.assume is not None and question.server.assume.passes_token


def _opened(question: Question) -> Question:
    """The question without the defaults of what may be anything."""
    names = {name for name, patterns in question.anything.items() if not patterns}

    def opened(parameters: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
        return {name: replace(each, default=None) if name in names else each for name, each in parameters.items()}

    server = replace(question.server, parameters=opened(question.server.parameters))
    tools = tuple(replace(tool, parameters=opened(tool.parameters)) for tool in question.tools)
    return replace(question, server=server, tools=tools)


def _missing(missing: Mapping[str, set[str]]) -> InputError:
    names = sorted(missing)
    told = ", ".join(f"`{name}` ({_some(missing[name])})" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    others = [name for name in names if name not in _OF_ACCOUNT]
    ways = [_OF_ACCOUNT[name] for name in names if name in _OF_ACCOUNT]
    if others:
        ways.append(
            f"give --set {others[0]}=VALUE, or --any {others[0]} where it may be anything"
            f" (--any {others[0]}=PATTERN: whatever matches)"
        )
    plural = "parameters are" if len(names) > 1 else "parameter is"
    return InputError(f"{len(names)} {plural} not told: {told}{more}", hint="; ".join(ways))


_OF_ACCOUNT = {"region": "give --region REGION", "account": "give --set account=ID, or the ARNs of the principals"}


def _some(names: Iterable[str]) -> str:
    first, *more = sorted(names)
    return f"{first} and {len(more)} more" if more else first


# ---------------------------------------------------------------- policies


def _made(question: Question, found: Wanted, call: Assuming) -> Iterator[Made]:
    role, sides = question.role_arn, question.sides
    server = question.caller.entity if question.caller is not None else None
    of_role = found.grants[Side.ROLE] if Side.ROLE in sides else []
    of_server = [*found.grants[Side.SERVER], *call.server] if Side.SERVER in sides else []
    if role is not None and role == server and of_role:
        # A server that runs as the role itself: what one role needs stands in one place.
        of_role, of_server = [*of_role, *of_server], []
    if role is not None:
        yield from sized(Side.ROLE, role, statements(of_role))
    if Side.TRUST in sides and call.trust and role is not None:
        yield Made(Side.TRUST, Side.TRUST, role, Slot.TRUST, policy("trust", call.trust))
    if server is not None:
        yield from sized(Side.SERVER, server, statements(of_server))


def _by_side(made: Iterable[Made]) -> Mapping[Side, tuple[Policy, ...]]:
    found: dict[Side, tuple[Policy, ...]] = {}
    for each in made:
        found[each.side] = (*found.get(each.side, ()), each.policy)
    return found


# ---------------------------------------------------------------- the check of it


def _asked(question: Question, made: tuple[Made, ...], keys: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """What the policies alone do not let through for sure, and how many needs they allow."""
    case = probes.asked(setup(question, _by_side(made), sorted(keys)))
    failing: dict[tuple[str, str, str], list[str]] = {}
    held = 0
    for tool, result in zip(question.tools, case.tools, strict=True):
        for need in result.needs:
            if not _is_counted(question, need):
                continue
            held += need.status is Status.ALLOWED
            if need.needed is None or need.status not in (Status.DENIED, Status.UNKNOWN):
                continue
            for name in need.attempts[-1].probes if need.attempts else ():
                explanation = case.explanation(name)
                resource = explanation.request.resource
                if explanation.allowed:
                    continue
                where = resource.replace(HOLE, "*").replace(STAR, "*")
                sides = [_SIDES[layer] for layer in explanation.failing if layer in _SIDES] or [_SIDES[Layer.RESOURCE]]
                failing.setdefault((need.requirement.action, where, " and ".join(sides)), []).append(tool.name)
    lines = (
        f"{_some(set(tools))} may take {action} on {where} only if {side} allows it too"
        for (action, where, side), tools in failing.items()
    )
    return tuple(lines), held


_SIDES = {
    Layer.RESOURCE: "its own policy",
    Layer.SESSION: "the session policy that the server passes",
    Layer.IDENTITY: "another policy of whoever asks",
}


def _is_counted(question: Question, need: Need) -> bool:
    if need.spared:
        return False
    if need.of_call:
        return {Side.TRUST, Side.SERVER} <= question.sides
    if need.requirement.necessity is Necessity.OPTIONAL and not question.optional:
        return False
    credential = need.attempts[-1].credential if need.attempts else need.requirement.credentials[0]
    return SIDES.get(credential) in question.sides


# ---------------------------------------------------------------- what is said besides


def _open(question: Question, found: Wanted, call: Assuming) -> Iterator[str]:
    for name in sorted(found.undecided):
        actions = found.undecided[name]
        way = "give the token, or --any token" if name.startswith("token.") else f"give --set {name}=…, or --any {name}"
        yield f"whether {_some(actions)} {'is' if len(actions) == 1 else 'are'} needed depends on `{name}`: {way}"
    if {Side.TRUST, Side.SERVER} & question.sides:
        for action in call.undecided:
            yield f"whether {action} is needed depends on what tokens carry: give one, --claim NAME=VALUE, or --any token"
    for why, actions in sorted(found.nobody.items()):
        yield f"{_some(actions)} cannot be given by a policy of the role or the server: {why}"
    if (
        question.caller is None
        and question.caller_told
        and Side.TRUST in question.sides
        and question.server.assume is not None
        and not _passes_token(question)
        and is_called(question)
    ):
        yield "the server has no credentials to ask for the role with: nobody can be trusted"
    untold = {tool.name: tool.unresolved[0].what for tool in question.tools if tool.unresolved}
    if untold:
        yield f"what {_some(untold)} may need is not all known: {untold[min(untold)]}"


def _notes(question: Question, found: Wanted, made: tuple[Made, ...]) -> Iterator[str]:
    for name, default in sorted(found.defaults.items()):
        yield f"`{name}` is taken to be `{default}`, its default: --set {name}=VALUE for another one"
    for name, values in sorted(question.settings.items()):
        wild = next((value for value in values if "*" in value or "?" in value), None)
        if wild is not None and name in found.named:
            yield f"`{name}` is that very text, `{wild}`: write --any {name}={wild} where it is a pattern"
    if question.caller is not None and not question.caller.path_told:
        yield f"the role of {question.caller.arn} is taken to be {question.caller.entity}: give its own ARN where it has a path"
    if question.server.broker is not None and Side.TRUST in question.sides and found.brokered:
        yield f"{question.server.broker.name} hands out sessions of the role: that the role trusts it is not told here"
    if found.keys:
        yield "that the policies of the KMS keys let the account's own policies decide is taken for granted"
    managed = [each for each in made if each.slot is Slot.MANAGED]
    for owner in dict.fromkeys(each.owner for each in managed):
        many = sum(each.owner == owner for each in managed)
        raised = f", for which its quota of {quotas.ATTACHED} has to be raised" if many > quotas.ATTACHED else ""
        policies = f"{many} managed {'policy' if many == 1 else 'policies'}"
        yield f"the permissions are longer than inline policies of {owner} may be: {policies} to attach to it{raised}"
    if any(each.slot is Slot.TRUST and not fits_trust(each.policy) for each in made):
        yield "the trust policy is longer than AWS takes without a raised quota"
    yield from _elsewhere(question, found)


def _elsewhere(question: Question, found: Wanted) -> Iterator[str]:
    """Resources of other accounts, whose own policies have to allow the calls too."""
    owners = {
        Side.ROLE: Arn.parse(question.role_arn).account if question.role_arn is not None else "",
        Side.SERVER: (question.caller.account or "") if question.caller is not None else "",
    }
    for side, own in owners.items():
        accounts = {parts[4] for grant in found.grants[side] if len(parts := grant.resource.split(":", 5)) > 5}  # noqa: PLR2004 - an ARN has six fields
        others = sorted(each for each in accounts if each.isdigit() and each != own)
        for other in others[:_SHOWN]:
            yield f"resources of account {other} are named: their own policies have to allow the {side}'s calls too"
