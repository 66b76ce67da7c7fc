"""A graph as text for people and for other programs: tree, Mermaid, DOT, GraphML, JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from iamsim import redact
from iamsim.graph.model import Edge, Graph, Kind, Node, State
from iamsim.graph.paths import Path
from iamsim.model.principal import HOLE

_LONGEST = 160
_DEEPEST = 40
# What no XML document may hold (XML 1.0, Char), and what cannot be written as UTF-8.
_NO_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[^A-Za-z0-9 _.,:/=+@*-]")


def text(words: str) -> str:
    """One line that can be shown: no secrets, no control characters, what is not told as `<unknown>`."""
    return _NO_TEXT.sub("\ufffd", redact.line(words.replace(HOLE, "<unknown>")))


def label(node: Node) -> str:
    """What a node is called: an ARN as it is; a class, a service or an account in words."""
    if node.kind in (Kind.ROLE, Kind.USER):
        return node.id if node.loaded else f"{node.id} (not loaded)"
    return node.words


def tree(graph: Graph, roots: tuple[str, ...], detail: Callable[[Edge], tuple[str, ...]]) -> list[str]:
    """
    Whom each of `roots` can become, then whom those can, indented; each node once, then `(above)`.

    What many share is written below the first of them. `detail` gives the lines below an edge.
    """
    lines: list[str] = []
    shown: set[str] = set()
    first: dict[str, str] = {}
    waiting: list[tuple[str, int, Edge | None]] = [(root, 0, None) for root in reversed(roots)]
    while waiting:
        node, depth, edge = waiting.pop()
        indent = "  " * min(depth, _DEEPEST)
        again = node in shown and any(True for _ in graph.targets(node))
        head = f"{edge.state:<12} " if edge is not None else ""
        across = "   (another account)" if edge is not None and edge.cross_account else ""
        lines.append(f"{indent}{head}{label(graph.nodes[node])}{across}{'   (above)' if again else ''}")
        lines += [f"{indent}{' ' * len(head)}= {each}" for each in (detail(edge) if edge is not None else ())]
        if node in shown:
            continue
        shown.add(node)
        onward = list(graph.own(node))
        for group in graph.groups_of(node):
            if group.id in first:
                alike = first[group.id]
                lines.append(f"{indent}  and whom {label(graph.nodes[alike])} can by the same permissions (above)")
                onward += [replace(each, source=node) for each in group.edges if each.target == alike]
            else:
                first[group.id] = node
                onward += [replace(each, source=node) for each in group.edges if each.target != node]
        onward.sort(key=lambda each: each.target, reverse=True)
        waiting += [(each.target, depth + 1, each) for each in onward]
    return [text(line) for line in lines]


def mermaid(graph: Graph) -> str:
    """A flowchart for Mermaid; every sign that it could read as its own is written as a character code."""

    def safe(words: str) -> str:
        return _PLAIN.sub(lambda match: f"#{ord(match.group())};", _short(words))

    names = _names(graph)
    arrows = {State.ALLOWED: "-->", State.CONDITIONAL: "-.->", State.UNKNOWN: "-.->"}
    lines = ["flowchart LR"]
    lines += [f'  {names[node.id]}["{safe(label(node))}"]' for node in graph.nodes.values()]
    lines += [f'  {names[group.id]}(["{safe(_alike(len(group.members)))}"])' for group in graph.groups]
    lines += [f"  {names[member]} --- {names[group.id]}" for group in graph.groups for member in group.members]
    for edge in _every(graph):
        lines.append(f'  {names[edge.source]} {arrows[edge.state]}|"{safe(_on_edge(edge))}"| {names[edge.target]}')
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """A directed graph for Graphviz; every text is a quoted string."""

    def quoted(words: str) -> str:
        return '"' + _short(words).replace("\\", "\\\\").replace('"', '\\"') + '"'

    names = _names(graph)
    styles = {State.ALLOWED: "solid", State.CONDITIONAL: "dashed", State.UNKNOWN: "dotted"}
    lines = ["digraph iamsim {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {names[node.id]} [label={quoted(label(node))}];" for node in graph.nodes.values()]
    lines += [f"  {names[g.id]} [label={quoted(_alike(len(g.members)))}, shape=ellipse];" for g in graph.groups]
    lines += [f"  {names[member]} -> {names[g.id]} [arrowhead=none];" for g in graph.groups for member in g.members]
    lines += [
        f"  {names[e.source]} -> {names[e.target]} [label={quoted(_on_edge(e))}, style={styles[e.state]}];"
        for e in _every(graph)
    ]
    return "\n".join([*lines, "}"]) + "\n"


def graphml(graph: Graph) -> str:
    """GraphML as networkx and Gephi read it: ids, kinds and words of nodes, states and requirements of edges."""
    names = _names(graph)
    node_keys = ("id", "kind", "words", "account")
    edge_keys = ("state", "requires", "depends")

    def data(values: Mapping[str, str]) -> str:
        return "".join(
            f'<data key="{key}">{html.escape(text(value), quote=True)}</data>' for key, value in values.items()
        )

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    for kind, keys in (("node", node_keys), ("edge", edge_keys)):
        lines += [f'  <key id="{key}" for="{kind}" attr.name="{key}" attr.type="string"/>' for key in keys]
    lines.append('  <graph id="iamsim" edgedefault="directed">')
    for node in graph.nodes.values():
        told = {"id": node.id, "kind": str(node.kind), "words": node.words, "account": node.account or ""}
        lines.append(f'    <node id="{names[node.id]}">{data(told)}</node>')
    for group in graph.groups:
        told = {"id": group.id, "kind": "group", "words": _alike(len(group.members)), "account": ""}
        lines.append(f'    <node id="{names[group.id]}">{data(told)}</node>')
        member = data({"state": "member", "requires": "", "depends": ""})
        lines += [
            f'    <edge source="{names[each]}" target="{names[group.id]}">{member}</edge>' for each in group.members
        ]
    for edge in _every(graph):
        told = {
            "state": str(edge.state),
            "requires": "; ".join(edge.answer.requires),
            "depends": "; ".join(edge.answer.depends),
        }
        lines.append(f'    <edge source="{names[edge.source]}" target="{names[edge.target]}">{data(told)}</edge>')
    return "\n".join([*lines, "  </graph>", "</graphml>"]) + "\n"


def as_json(
    graph: Graph,
    cycles: tuple[tuple[str, ...], ...],
    ways: tuple[Path, ...] | None = None,
    unread: tuple[str, ...] = (),
) -> str:
    """The graph as one JSON object, sorted; `paths` are there where a way was asked for, `unread` are roles without a trust policy."""
    found: dict[str, Any] = {
        "nodes": [node_json(node) for node in graph.nodes.values()],
        "edges": [edge_json(edge) for edge in graph.edges],
        "groups": [
            {
                "id": group.id,
                "members": [text(member) for member in group.members],
                "edges": [edge_json(edge) for edge in group.edges],
            }
            for group in graph.groups
        ],
        "unread": [text(arn) for arn in unread],
        "cycles": [[text(node) for node in cycle] for cycle in cycles],
    }
    if ways is not None:
        found["paths"] = [path_json(way) for way in ways]
    return json.dumps(found, indent=2, ensure_ascii=False)


def node_json(node: Node) -> dict[str, Any]:
    """A node as JSON has it."""
    return {
        "id": text(node.id),
        "kind": str(node.kind),
        "words": text(node.words),
        "account": node.account,
        "loaded": node.loaded,
    }


def edge_json(edge: Edge) -> dict[str, Any]:
    """An edge as JSON has it; `why` is null where nobody asked for the words."""
    told = edge.answer
    return {
        "from": text(edge.source),
        "to": text(edge.target),
        "state": str(edge.state),
        "why": text(told.why) or None,
        "who": text(told.who) or None,
        "requires": [text(each) for each in told.requires],
        "alternatives": [[text(each) for each in way] for way in told.alternatives],
        "depends": [text(each) for each in told.depends],
        "layers": [str(layer) for layer in told.layers],
        "cross_account": edge.cross_account,
    }


def path_json(path: Path) -> dict[str, Any]:
    """A path as JSON has it."""
    return {"state": str(path.state), "hops": [edge_json(edge) for edge in path.edges]}


# ---------------------------------------------------------------- helpers


def _names(graph: Graph) -> dict[str, str]:
    """A short name for every node and group, in their order."""
    return {each: f"n{number}" for number, each in enumerate((*graph.nodes, *(group.id for group in graph.groups)))}


def _every(graph: Graph) -> tuple[Edge, ...]:
    return (*graph.edges, *(edge for group in graph.groups for edge in group.edges))


def _on_edge(edge: Edge) -> str:
    return f"{edge.state}: {' and '.join(edge.answer.requires)}" if edge.answer.requires else str(edge.state)


def _alike(count: int) -> str:
    return f"{count} principals with the same permissions to assume"


def _short(words: str) -> str:
    shown = text(words)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
