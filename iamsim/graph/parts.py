"""Parts of a graph: what one can become, who can become one, the ways between two."""

from __future__ import annotations

from dataclasses import replace

from iamsim.graph.model import Graph
from iamsim.graph.paths import Path, reach, sources


def from_(graph: Graph, start: str) -> Graph:
    """`start`, everybody it can become, and the edges among them."""
    return _among(graph, {start, *reach(graph, start)})


def to(graph: Graph, end: str) -> Graph:
    """`end`, everybody who can become it, and the edges among them."""
    return _among(graph, {end, *sources(graph, end)})


def between(graph: Graph, ways: tuple[Path, ...]) -> Graph:
    """The nodes and the edges of the ways, no others; the edges as the ways have them."""
    edges = {(edge.source, edge.target): edge for way in reversed(ways) for edge in way.edges}
    names = {name for key in edges for name in key}
    nodes = {name: node for name, node in graph.nodes.items() if name in names}
    return Graph(nodes, tuple(edges[key] for key in sorted(edges)))


def roots(graph: Graph) -> tuple[str, ...]:
    """Whom to begin with to come to every edge: those that nobody can become, then one of each circle that is left."""
    able = [name for name in graph.nodes if next(graph.targets(name), None) is not None]
    reached = {target for name in able for target, _ in graph.targets(name) if target != name}
    found = [name for name in able if name not in reached]
    seen = _seen(graph, found)
    for name in able:
        if name not in seen:
            found.append(name)
            seen |= _seen(graph, [name])
    return tuple(found)


# ---------------------------------------------------------------- helpers


def _seen(graph: Graph, starts: list[str]) -> set[str]:
    """Everybody on a way from one of them, themselves included."""
    seen = set(starts)
    waiting = list(starts)
    while waiting:
        for target, _ in graph.targets(waiting.pop()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _among(graph: Graph, names: set[str]) -> Graph:
    edges = tuple(edge for edge in graph.edges if edge.source in names and edge.target in names)
    groups = []
    for group in graph.groups:
        members = tuple(member for member in group.members if member in names)
        inside = tuple(edge for edge in group.edges if edge.target in names)
        if members and inside:
            groups.append(replace(group, members=members, edges=inside))
    return Graph({name: node for name, node in graph.nodes.items() if name in names}, edges, tuple(groups))
