"""Nodes, edges and groups: what a graph of role assumption is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from iamsim.model.verdict import Layer


class State(StrEnum):
    """
    Whether one principal can assume a role.

    `conditional`: for sure, by a call that meets what the edge requires. `unknown`: the inputs leave
    it open.
    """

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"
    DENIED = "denied"


class Kind(StrEnum):
    """What a node is."""

    ROLE = "role"
    USER = "user"
    SERVICE = "service"
    PROVIDER = "provider"
    ACCOUNT = "account"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Node:
    """
    One who asks, or the role that is asked for.

    `id` is an ARN, the name of a service or a provider, an account as `arn:…:root`, or `*`. `loaded`
    tells whether its policies were read. The text may be anything that a policy says.
    """

    id: str
    kind: Kind
    words: str
    account: str | None = None
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the engine says of one principal and one role.

    `why` is its reason; `layers` stand in the way of a denial. `requires` says in words what the
    call has to carry or the session to be; `sends` are the condition keys of a call that was let
    through, or could be; `alternatives` are other calls that would be. `depends` names keys and policy types on which an unknown turns. `who` says
    in words which identities of a provider, or sessions of a role, are meant.
    """

    state: State
    why: str
    layers: tuple[Layer, ...] = ()
    requires: tuple[str, ...] = ()
    sends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    depends: tuple[str, ...] = ()
    who: str = ""
    alternatives: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` (an id) can assume the role `target`, as far as the answer says."""

    source: str
    target: str
    answer: Answer
    cross_account: bool = False

    @property
    def state(self) -> State:
        """The answer's state."""
        return self.answer.state


@dataclass(frozen=True, slots=True)
class Group:
    """
    Principals of one account for whom the engine answers alike: their edges are kept once.

    `edges` start at `id`. A member has each of them, but for the one to itself.
    """

    id: str
    members: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """
    Who can become whom, by node id; edges that are denied are left out.

    Everything is sorted. `edges` are those of single principals; those of `groups` come on top, and
    `out` and `into` give both.
    """

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...] = ()
    _out: dict[str, list[Edge]] = field(default_factory=dict, repr=False, compare=False)
    _into: dict[str, list[Edge]] = field(default_factory=dict, repr=False, compare=False)
    _groups_of: dict[str, list[Group]] = field(default_factory=dict, repr=False, compare=False)
    _groups_into: dict[str, list[tuple[Group, Edge]]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for edge in self.edges:
            self._out.setdefault(edge.source, []).append(edge)
            self._into.setdefault(edge.target, []).append(edge)
        for group in self.groups:
            for member in group.members:
                self._groups_of.setdefault(member, []).append(group)
            for edge in group.edges:
                self._groups_into.setdefault(edge.target, []).append((group, edge))

    def out(self, node: str) -> Iterator[Edge]:
        """The roles that `node` can assume, its own self by an edge of a group excepted."""
        yield from self._out.get(node, ())
        for group in self._groups_of.get(node, ()):
            for edge in group.edges:
                if edge.target != node:
                    yield Edge(node, edge.target, edge.answer, edge.cross_account)

    def own(self, node: str) -> tuple[Edge, ...]:
        """The edges that `node` has for itself, those of its groups left out."""
        return tuple(self._out.get(node, ()))

    def into(self, node: str) -> Iterator[Edge]:
        """Who can assume the role `node`."""
        yield from self._into.get(node, ())
        for group, edge in self._groups_into.get(node, ()):
            for member in group.members:
                if member != node:
                    yield Edge(member, node, edge.answer, edge.cross_account)

    def groups_of(self, node: str) -> tuple[Group, ...]:
        """The groups that `node` is a member of."""
        return tuple(self._groups_of.get(node, ()))

    def targets(self, node: str) -> Iterator[tuple[str, State]]:
        """As `out`, without making an edge for each: the role, and how."""
        for edge in self._out.get(node, ()):
            yield edge.target, edge.answer.state
        for group in self._groups_of.get(node, ()):
            for edge in group.edges:
                if edge.target != node:
                    yield edge.target, edge.answer.state
