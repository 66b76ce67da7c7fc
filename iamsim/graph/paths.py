"""Ways through a graph: what can be reached, the shortest paths between two, and cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iamsim.graph.model import Edge, Graph, State

MOST_PATHS = 20
"""How many paths between two are looked for at most."""

_SURE = frozenset({State.ALLOWED, State.CONDITIONAL})
_ALL = _SURE | {State.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Path:
    """One way, hop by hop; `state` is the least sure of its edges'."""

    edges: tuple[Edge, ...]

    @property
    def state(self) -> State:
        """Unknown where an edge is; else conditional where one is; else allowed."""
        states = {edge.state for edge in self.edges}
        return next((each for each in (State.UNKNOWN, State.CONDITIONAL) if each in states), State.ALLOWED)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids on the way, both ends included."""
        return (*(edge.source for edge in self.edges), self.edges[-1].target)


def paths(graph: Graph, start: str, end: str, *, most: int = 3, sure: bool | None = None) -> tuple[Path, ...]:
    """
    The shortest ways from `start` to `end`, up to `most`, none through one node twice.

    `sure` leaves out ways with an unknown edge, not `sure` takes all; without a word those with an unknown edge
    are only given where there is no other.
    """
    most = min(most, MOST_PATHS)
    for states in (_SURE, _ALL) if sure is None else (_SURE,) if sure else (_ALL,):
        found = list(_shortest(graph, start, end, states, most))
        if found:
            return tuple(Path(tuple(_edge(graph, a, b, states) for a, b in pairwise(way))) for way in found)
    return ()


def reach(graph: Graph, start: str) -> dict[str, Edge]:
    """Every role that `start` can become, at once or through others, with the edge of a shortest way to it; ways without unknown edges first."""
    found: dict[str, Edge] = {}
    for states in (_SURE, _ALL):
        queue = deque([start, *(found if states is _ALL else ())])
        while queue:
            here = queue.popleft()
            for edge in graph.out(here):
                if edge.state in states and edge.target != start and edge.target not in found:
                    found[edge.target] = edge
                    queue.append(edge.target)
    return found


def sources(graph: Graph, end: str) -> dict[str, Edge]:
    """Everybody who can become `end`, at once or through others, with the edge of a shortest way to it; as `reach`."""
    found: dict[str, Edge] = {}
    for states in (_SURE, _ALL):
        queue = deque([end, *(found if states is _ALL else ())])
        while queue:
            here = queue.popleft()
            for edge in sorted(graph.into(here), key=lambda each: each.source):
                if edge.state in states and edge.source != end and edge.source not in found:
                    found[edge.source] = edge
                    queue.append(edge.source)
    return found


def digraph(graph: Graph) -> Any:  # noqa: ANN401 - a networkx.DiGraph, which brings no types
    """
    The graph as networkx has it: nodes by id, edges with their state; a group is a node between its members and their roles.

    Through a group a member seems to reach itself: that makes no circle of two where there is none.
    """
    from networkx import DiGraph  # type: ignore[import-untyped]  # it brings no types

    made = DiGraph()
    made.add_nodes_from(graph.nodes)
    made.add_edges_from((edge.source, edge.target, {"state": str(edge.state)}) for edge in graph.edges)
    for group in graph.groups:
        made.add_edges_from((group.id, edge.target, {"state": str(edge.state)}) for edge in group.edges)
        made.add_edges_from((member, group.id, {"state": "member"}) for member in group.members)
    return made


def cycles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """
    Principals that can become each other: of each such set the shortest cycle through its first member.

    A role that can assume itself alone is one, too. Sorted by the first.
    """
    from networkx import strongly_connected_components

    found = []
    for component in strongly_connected_components(digraph(graph)):
        inside = sorted(component & graph.nodes.keys())
        if len(inside) > 1:
            found.append(_cycle(graph, inside[0], set(inside)))
        elif inside and any(target == inside[0] for target, _ in graph.targets(inside[0])):
            found.append((inside[0],))
    return tuple(sorted(way for way in found if way))


# ---------------------------------------------------------------- helpers


def _edge(graph: Graph, source: str, target: str, states: frozenset[State]) -> Edge:
    order = (State.ALLOWED, State.CONDITIONAL, State.UNKNOWN)
    between = [edge for edge in graph.out(source) if edge.target == target and edge.state in states]
    return min(between, key=lambda edge: order.index(edge.state))


def _cycle(graph: Graph, start: str, inside: set[str]) -> tuple[str, ...]:
    for first in sorted({target for target, _ in graph.targets(start)} & inside):
        if first == start:
            continue
        back = _breadth_first(_within(graph, inside), first, start)
        if back:
            return (start, *back[:-1])
    return ()


def _within(graph: Graph, inside: set[str]) -> Callable[[str], Iterable[str]]:
    return lambda node: sorted({target for target, _ in graph.targets(node)} & inside)


def _shortest(graph: Graph, start: str, end: str, states: frozenset[State], most: int) -> Iterator[tuple[str, ...]]:
    """Shortest loopless ways, by Yen's algorithm: each next one leaves one that was found at some node."""
    kept: dict[str, tuple[str, ...]] = {}

    def targets(node: str) -> tuple[str, ...]:
        if node not in kept:
            kept[node] = tuple(sorted({target for target, state in graph.targets(node) if state in states}))
        return kept[node]

    first = _breadth_first(targets, start, end)
    if first is None:
        return
    given = [first]
    waiting: set[tuple[str, ...]] = set()
    yield first
    while len(given) < most:
        last = given[-1]
        for place in range(len(last) - 1):
            root = last[: place + 1]
            taken = {way[place + 1] for way in given if way[: place + 1] == root}
            rest = _breadth_first(targets, last[place], end, without=set(root), not_first=taken)
            if rest is not None:
                waiting.add((*root[:-1], *rest))
        waiting -= set(given)
        if not waiting:
            return
        chosen = min(waiting, key=lambda way: (len(way), way))
        given.append(chosen)
        yield chosen


def _breadth_first(
    targets: Callable[[str], Iterable[str]],
    start: str,
    end: str,
    *,
    without: Iterable[str] = (),
    not_first: Iterable[str] = (),
) -> tuple[str, ...] | None:
    """A shortest way from `start` to `end`, the first by name among equals; past none of `without`, and not by a step to `not_first`."""
    if start == end:
        return None
    barred = set(not_first)
    before: dict[str, str] = dict.fromkeys([*without, start], "")
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for target in targets(here):
            if target in before or (here == start and target in barred):
                continue
            before[target] = here
            if target == end:
                return _back(before, start, end)
            queue.append(target)
    return None


def _back(before: dict[str, str], start: str, end: str) -> tuple[str, ...]:
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))
