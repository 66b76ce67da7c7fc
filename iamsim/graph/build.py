"""The graph of an organization: candidates by what trust policies name, each decided by the engine."""

from __future__ import annotations

from dataclasses import replace

from iamsim.engine.reasons import WORDS
from iamsim.engine.simulator import Simulator
from iamsim.garbage import seldom_collected
from iamsim.graph.askers import ANYONE, Asker, askers, caller, loaded, members, trusts_only_everyone
from iamsim.graph.calls import answer
from iamsim.graph.holders import Holder, Holders
from iamsim.graph.likeness import Likeness
from iamsim.graph.model import Answer, Edge, Graph, Group, Kind, Node, State
from iamsim.graph.sight import Sight
from iamsim.model.account import Role
from iamsim.model.arn import Arn
from iamsim.model.verdict import Layer

_ORDER = (State.ALLOWED, State.CONDITIONAL, State.UNKNOWN, State.DENIED)
# Who asks without policies that were loaded.
_OF_NO_POLICIES = (Kind.SERVICE, Kind.PROVIDER, Kind.ACCOUNT, Kind.CLASS)
# What is not known of a principal that was not loaded.
_OF_THE_CALLER = frozenset(WORDS[layer] for layer in (Layer.IDENTITY, Layer.BOUNDARY, Layer.SCP))


Found = tuple[dict[str, Edge], list[tuple[tuple[str, ...], Edge]], dict[str, Node]]
"""Who can assume one role: single edges by source, edges that many share with those many, and the nodes of the first."""


class Builder:
    """Asks the engine who can assume one role after the other; what candidates have in common is worked out once."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.holders = Holders(simulator.organization)
        self._likeness = Likeness(self.holders)
        self._sight = Sight(simulator)
        self._known: dict[object, Answer] = {}

    def into(self, role: Role) -> Found:
        """
        The edges that end at `role`, those that are denied left out.

        One question for each principal that the trust policy names, for each class, and for each
        loaded principal of a trusted account whose policies name the role. Of many for whom the
        answer is the same (`likeness`) one is asked.
        """
        edges: dict[str, Edge] = {}
        shared: list[tuple[tuple[str, ...], Edge]] = []
        nodes: dict[str, Node] = {}
        for asker in askers(self.holders, role):
            told = self._known_or_judged(asker, role)
            if told.state is not State.DENIED:
                nodes[asker.node.id] = asker.node
                _add(edges, edge(asker.node, role, told))
        found = members(self.holders, role)
        alike, single = self._likeness.alike(role, found, everyone=trusts_only_everyone(role))
        for bucket in alike:
            asked = next(holder for holder in bucket if holder.arn != role.arn)
            told = self._answer(asked, role)
            if told.state is not State.DENIED:
                shared.append((tuple(holder.arn for holder in bucket), edge(loaded(asked), role, told)))
            single += [holder for holder in bucket if holder.arn == role.arn]
        for holder in single:
            told = self._answer(holder, role)
            if told.state is not State.DENIED:
                _add(edges, edge(loaded(holder), role, told))
        return edges, shared, nodes

    def judged(self, asker: Asker, role: Role, *, full: bool = True) -> Answer:
        """
        The engine's answer for one candidate; that of a class is about those of it whose own side allows.

        Of several callers that stand for a class the first that is not denied counts.
        """
        found = Answer(State.DENIED, asker.nobody)
        for each in asker.callers:
            simulator = self._sight.of(role, each.account, loaded=asker.node.loaded)
            found = answer(simulator, each, role.arn, full=full)
            if found.state is not State.DENIED:
                break
        if asker.node.kind is Kind.ACCOUNT or asker.node.id == ANYONE:
            return _of_class(asker, role, found)
        if asker.node.loaded and asker.who and found.state is not State.DENIED:
            # Who makes the session chooses its name.
            state = State.CONDITIONAL if found.state is State.ALLOWED else found.state
            return replace(found, state=state, who=asker.who, requires=(asker.who, *found.requires))
        return replace(found, who=asker.who) if asker.who else found

    def _known_or_judged(self, asker: Asker, role: Role) -> Answer:
        """As `judged`, without the words; asked once for all roles that are trusted alike."""
        likeness = self._likeness.trust(role) if asker.node.kind in _OF_NO_POLICIES else None
        if likeness is None:
            return self.judged(asker, role, full=False)
        key = asker.node.id, asker.who, likeness
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.judged(asker, role, full=False)
        return found

    def _answer(self, holder: Holder, role: Role) -> Answer:
        self._sight.keep(holder.arn, holder.policies)
        return answer(self._sight.of(role, holder.account, loaded=True), caller(holder), role.arn, full=False)


def graph(simulator: Simulator) -> Graph:
    """Who can become whom among everything that was loaded, and what trust policies name besides; the engine decides every edge."""
    with seldom_collected():
        return _graph(Builder(simulator))


def unread_roles(simulator: Simulator) -> tuple[str, ...]:
    """The loaded roles whose trust policies were not: who can assume them is not known, and no edge says so."""
    return tuple(role.arn for role in simulator.organization.roles() if role.trust is None)


def edge(node: Node, role: Role, told: Answer) -> Edge:
    """The edge that an answer makes."""
    home = Arn.parse(role.arn).account
    return Edge(node.id, role.arn, told, cross_account=node.account is not None and node.account != home)


# ---------------------------------------------------------------- helpers


def _graph(builder: Builder) -> Graph:
    nodes = {holder.arn: loaded(holder) for holder in builder.holders.by_arn.values()}
    edges: list[Edge] = []
    groups: dict[tuple[str, ...], list[Edge]] = {}
    for role in builder.simulator.organization.roles():
        single, shared, named = builder.into(role)
        edges += single.values()
        for name in named.keys() - nodes.keys():
            nodes[name] = named[name]
        for key, found in shared:
            groups.setdefault(key, []).append(found)
    return Graph(
        dict(sorted(nodes.items())),
        tuple(sorted(edges, key=lambda each: (each.source, each.target))),
        tuple(_group(number, key, found) for number, (key, found) in enumerate(sorted(groups.items()), 1)),
    )


def _of_class(asker: Asker, role: Role, found: Answer) -> Answer:
    """What holds for those of a class whose own policies allow the call."""
    if found.state is not State.UNKNOWN or not found.depends or not set(found.depends) <= _OF_THE_CALLER:
        return found
    whose = "that account" if asker.node.account else "the caller's account"
    if asker.node.account == Arn.parse(role.arn).account and trusts_only_everyone(role):
        needs = "no policy of the caller's own, no boundary and no SCP denies it"
    else:
        needs = f"an identity policy of {whose} allows it, and no boundary or SCP is against it"
    return replace(found, state=State.CONDITIONAL, requires=(*found.requires, needs), depends=())


def _add(edges: dict[str, Edge], new: Edge) -> None:
    """The better of two edges from one source: a principal may be let in by several statements."""
    old = edges.get(new.source)
    if old is None or _ORDER.index(new.state) < _ORDER.index(old.state):
        edges[new.source] = new
    elif new.state is old.state and new.answer.who not in old.answer.who:
        who = "; ".join(filter(None, (old.answer.who, new.answer.who)))
        edges[new.source] = replace(old, answer=replace(old.answer, who=who))


def _group(number: int, members_: tuple[str, ...], edges: list[Edge]) -> Group:
    name = f"group-{number}"
    made = tuple(sorted((replace(each, source=name) for each in edges), key=lambda each: each.target))
    return Group(name, members_, made)
