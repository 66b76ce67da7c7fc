"""Everybody who can assume one role, at once and through others, with what stands in the way of those who cannot."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from iamsim.engine.simulator import Simulator
from iamsim.graph import words
from iamsim.graph.askers import Asker, askers, caller, loaded, members, others, statements
from iamsim.graph.build import Builder, edge
from iamsim.graph.model import Edge, Kind, Node, State
from iamsim.graph.paths import Path
from iamsim.graph.walk import Beside, beside, walked
from iamsim.model.account import Role
from iamsim.model.arn import is_role
from iamsim.model.origin import Origin

MOST_CHAINS = 200
"""How many chains are listed at most."""
_ORDER = (State.ALLOWED, State.CONDITIONAL, State.UNKNOWN, State.DENIED)
_KINDS = (Kind.ROLE, Kind.USER, Kind.SERVICE, Kind.PROVIDER, Kind.ACCOUNT, Kind.CLASS)


@dataclass(frozen=True, slots=True)
class Clause:
    """One Allow statement of the trust policy: what a person calls it, its conditions in words, where it stands."""

    label: str
    conditions: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Trusted:
    """One who may assume the role, or is named and cannot; `beside` tells what the edge is worth to a call that sends more."""

    node: Node
    edge: Edge
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Who can assume `role`.

    `trusted` can or may, `refused` are named and cannot. `chains` end at the role and have two hops or
    more, the shortest first; `more_chains` tells that there are others. `without` counts loaded principals
    of trusted accounts whose own policies do not name the role.
    """

    role: Role
    clauses: tuple[Clause, ...]
    trusted: tuple[Trusted, ...]
    refused: tuple[Trusted, ...]
    chains: tuple[Path, ...]
    nodes: dict[str, Node]
    without: int = 0
    more_chains: bool = False


def trust(simulator: Simulator, role: Role) -> Trust:
    """Who can assume `role`, by the engine; `role` is loaded."""
    builder = Builder(simulator)
    holders = builder.holders
    found: dict[str, Trusted] = {}
    asked: list[Asker] = [*askers(holders, role)]
    asked += [Asker(loaded(holder), (caller(holder),)) for holder in members(holders, role)]
    for asker in asked:
        made = edge(asker.node, role, builder.judged(asker, role))
        old = found.get(asker.node.id)
        if old is None or _ORDER.index(made.state) < _ORDER.index(old.edge.state):
            found[asker.node.id] = Trusted(asker.node, made)
        elif made.state is old.edge.state and made.answer.who not in old.edge.answer.who:
            found[f"{asker.node.id} {made.answer.who}"] = Trusted(asker.node, made)
    ranked = sorted(found.values(), key=lambda each: (_KINDS.index(each.node.kind), each.node.id, each.edge.answer.who))
    can = sorted((t for t in ranked if t.edge.state is not State.DENIED), key=lambda t: _ORDER.index(t.edge.state))
    nodes = {each.node.id: each.node for each in ranked}
    chains, more = _chains(builder, role.arn, nodes)
    return Trust(
        role,
        tuple(Clause(s.label, tuple(map(words.condition, s.conditions)), s.origin) for s in statements(role)),
        tuple(Trusted(each.node, each.edge, beside(simulator, each.edge)) for each in can),
        tuple(each for each in ranked if each.edge.state is State.DENIED),
        chains,
        nodes,
        others(holders, role),
        more,
    )


# ---------------------------------------------------------------- helpers


def _chains(builder: Builder, role: str, nodes: dict[str, Node]) -> tuple[tuple[Path, ...], bool]:
    """
    A shortest way of two hops or more from each who cannot assume the role at once, as walked.

    `nodes` grows by those on the way. Who may assume it at once, and for sure, has no need of a way around.
    """
    direct = _into(builder, role, nodes)
    seen = {role, *(each.source for each in direct if each.state is not State.UNKNOWN)}
    queue: deque[tuple[Edge, ...]] = deque((each,) for each in direct)
    found: list[Path] = []
    while queue:
        way = queue.popleft()
        for hop in _into(builder, way[0].source, nodes):
            path = walked(builder.simulator, Path((hop, *way)))
            if hop.source in seen or any(each.state is State.DENIED for each in path.edges):
                continue
            if len(found) >= MOST_CHAINS:
                return tuple(found), True
            seen.add(hop.source)
            found.append(path)
            queue.append((hop, *way))
    return tuple(found), False


def _into(builder: Builder, role: str, nodes: dict[str, Node]) -> list[Edge]:
    """The edges that end at a role, nobody's to itself among them; none for who is no loaded role."""
    loaded_ = builder.simulator.organization.role(role) if is_role(role) else None
    if loaded_ is None or loaded_.trust is None:
        return []
    single, shared, named = builder.into(loaded_)
    every = dict(single)
    for members_, made in shared:
        for member in members_:
            every.setdefault(member, replace(made, source=member))
    for name in every:
        holder = builder.holders.by_arn.get(name)
        nodes.setdefault(name, loaded(holder) if holder is not None else named[name])
    return [every[name] for name in sorted(every) if name != role]
