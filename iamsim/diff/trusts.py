"""Who can assume each role otherwise than before, by the graph of both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iamsim.diff import plain
from iamsim.diff.model import AssumeChange, Presence, Trend
from iamsim.diff.people import Who, account_facts
from iamsim.engine.simulator import Simulator
from iamsim.graph.build import graph
from iamsim.graph.drawing import label
from iamsim.graph.model import Answer, Edge, Graph, Kind, State
from iamsim.model.account import Role

_STATES = (State.DENIED, State.UNKNOWN, State.CONDITIONAL, State.ALLOWED)
_TRENDS = tuple(Trend)
_NOBODY = Answer(State.DENIED, "")
_ENTITIES = (Kind.ROLE, Kind.USER)


def assumes(
    before: Simulator, after: Simulator, everyone: Iterable[Who], accounts: tuple[str, ...]
) -> Iterator[AssumeChange]:
    """
    Every pair of somebody and a role of these accounts that is answered otherwise; a role that is gone is not listed again here.

    Whoever is loaded is asked by its own policies; a class (the rest of an account, any account, a service, the
    identities of a provider) by what the trust policy says of it.
    """
    who = {each.id: each for each in everyone}
    changed = {name for name, each in who.items() if each.changed}
    old, new = _roles(before, accounts), _roles(after, accounts)
    turned = {arn for arn, role in new.items() if arn not in old or _facts(before, old[arn]) != _facts(after, role)}
    if not turned and not changed:
        return
    graphs = graph(before), graph(after)
    for target in sorted(new):
        sources = None if target in turned else changed
        if sources is not None and not sources:
            continue
        halves = [_into(each, target, sources) for each in graphs]
        for source in sorted(halves[0].keys() | halves[1].keys()):
            there = who.get(source)
            if there is not None and there.presence is Presence.GONE:
                continue
            found = _change(source, target, halves, graphs, there)
            if found is not None:
                new_one = target not in old or (there is not None and there.presence is Presence.APPEARED)
                yield replace(found, presence=Presence.APPEARED) if new_one else found


def ranked(found: Iterable[AssumeChange]) -> tuple[AssumeChange, ...]:
    """What is gained first, then by role and by who."""
    return tuple(sorted(found, key=lambda each: (_TRENDS.index(each.trend), each.role, each.source)))


# ---------------------------------------------------------------- helpers


def _roles(side: Simulator, accounts: tuple[str, ...]) -> dict[str, Role]:
    found = side.organization.accounts
    return {arn: role for account in accounts for arn, role in found[account].roles.items()}


def _facts(side: Simulator, role: Role) -> object:
    """What decides about a call to assume the role besides who makes it."""
    account = next(each for each in side.organization.accounts.values() if role.arn in each.roles)
    providers = plain.plain(account.oidc_providers)
    return plain.of_policy(role.trust), plain.plain(role.tags), account_facts(account), providers


def _into(found: Graph, role: str, sources: set[str] | None) -> dict[str, Edge]:
    """The edges into a role by where they begin; those of `sources` alone, where there are such."""
    if role not in found.nodes:
        return {}
    return {edge.source: edge for edge in found.into(role) if sources is None or edge.source in sources}


def _change(
    source: str, target: str, halves: list[dict[str, Edge]], graphs: tuple[Graph, Graph], there: Who | None
) -> AssumeChange | None:
    edges = [half.get(source) for half in halves]
    before, after = (each.answer if each is not None else _NOBODY for each in edges)
    if _said(before) == _said(after):
        return None
    node = next(each.nodes[source] for each in reversed(graphs) if source in each.nodes)
    cross = any(each is not None and each.cross_account for each in edges)
    told = label(node) if there is None or node.kind not in _ENTITIES else there.words
    return AssumeChange(
        source,
        told,
        target,
        _trend(before, after),
        before.state,
        after.state,
        _terms(before),
        _terms(after),
        cross,
    )


def _said(answer: Answer) -> object:
    return answer.state, answer.requires, answer.alternatives, answer.depends, answer.who


def _terms(answer: Answer) -> tuple[str, ...]:
    """What the call has to carry or the session to be, and on what it depends; one way after the other."""
    ways = [" and ".join(answer.requires)] if answer.requires else []
    ways += ["or " + (" and ".join(way) or "a plain call") for way in answer.alternatives]
    if answer.state is State.UNKNOWN and answer.depends:
        ways.append("depends on " + ", ".join(answer.depends))
    return tuple([answer.who, *ways] if answer.who and answer.who not in answer.requires else ways)


def _trend(before: Answer, after: Answer) -> Trend:
    old, new = _STATES.index(before.state), _STATES.index(after.state)
    if old == new:
        return Trend.OTHER_TERMS
    if new > old:
        return Trend.MAY_GAIN if after.state is State.UNKNOWN else Trend.GAINS
    lost = after.state is State.DENIED and before.state is not State.UNKNOWN
    return Trend.LOSES if lost else Trend.MAY_LOSE
