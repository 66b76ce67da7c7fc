"""The way from the token to the tools: who stands on it, and what leads from one to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from iamsim.model.report import WORST_FIRST, Need, RoleUse, Status, ToolResult
from iamsim.model.tool import Credential, Necessity
from iamsim.renderers._chain_parts import Chain, Edge, Line, Node, Part
from iamsim.renderers._chain_steps import spine, steps
from iamsim.renderers._measured import shortened
from iamsim.renderers._view import View, counted
from iamsim.renderers._words import STATUS, Label, Tone, count, listed

SECTIONS = {"token": "#assume", "server": "#assume", "role": "#assume", "broker": "#tools", "tools": "#tools"}
"""Where the page tells more of each kind of node."""


class Row(NamedTuple):
    """One edge in words: from whom, to whom, by what, with which outcome, and why."""

    source: str
    target: str
    by: str
    outcome: Label
    why: str


HEADINGS = ("From", "To", "By", "Outcome", "Why")
"""What the cells of a `Row` are."""


def rows(chain: Chain) -> tuple[Row, ...]:
    """
    The chain as a table: a row for every edge, which says all that the drawing says.

    Texts are as they were read, neither escaped nor made visible; a very long one is shortened in its middle.
    """
    nodes = {node.id: node for node in chain.nodes}

    return tuple(
        Row(
            shortened(nodes[edge.source].words, _LONGEST),
            shortened(nodes[edge.target].words, _LONGEST),
            shortened(", ".join(map(str, edge.asked)), _LONGEST),
            edge.outcome,
            shortened("; ".join(edge.told), _LONGEST),
        )
        for edge in chain.edges
    )


def chain(view: View, sections: Mapping[str, str] = SECTIONS) -> Chain:
    """The chain of a report; `sections` is where the page tells more of each kind of node."""
    way = tuple(spine(view, sections))
    groups: list[Node] = []
    edges: list[Edge] = []
    broker: Node | None = None
    by_group: dict[_Group, list[ToolResult]] = {}
    for tool in view.report.tools:
        by_group.setdefault(_group(tool), []).append(tool)
    has_role = any(node.part is Part.ROLE for node in way)
    for kind in sorted(by_group, key=tuple(_Group).index):
        tools = sorted(by_group[kind], key=lambda tool: WORST_FIRST.index(tool.status))
        node = _tools_node(view, kind, tools, sections)
        groups.append(node)
        if kind is _Group.BROKERED:
            broker = _broker_node(view, sections)
            edges.append(Edge(way[0].id, broker.id, _HANDED, ("the token, in exchange for a role session",)))
        if kind is _Group.GATE_ONLY and has_role:
            outcome = STATUS[tools[0].status] if tools[0].status in _STOPPED else _ASKED
            edges.append(Edge(way[-1].id, node.id, outcome, ("has to be assumable, and is not used",)))
        source = broker.id if kind is _Group.BROKERED and broker else _source(kind, way)
        edges.append(_tools_edge(view, source, node.id, kind, tools))
    return Chain(way, broker, tuple(groups), (*steps(view, way), *edges))


class _Group(StrEnum):
    """Tools by whose authority they act with, in the order in which they are drawn."""

    ROLE = "role"
    GATE_ONLY = "gate-only"
    SERVER = "server"
    UNSIGNED = "unsigned"
    NONE = "none"
    BROKERED = "brokered"
    BEARER = "bearer"


_TITLES = {
    _Group.ROLE: "with the role",
    _Group.GATE_ONLY: "as the server, if the role is assumable",
    _Group.SERVER: "as the server",
    _Group.UNSIGNED: "unsigned",
    _Group.NONE: "without a credential",
    _Group.BROKERED: "with a brokered role",
    _Group.BEARER: "with a bearer token",
}
_SIGNED = {
    _Group.ROLE: "the role session signs",
    _Group.GATE_ONLY: "the server's own credentials sign",
    _Group.SERVER: "the server's own credentials sign",
    _Group.UNSIGNED: "nobody signs",
    _Group.NONE: "AWS is not called",
    _Group.BROKERED: "the brokered session signs",
    _Group.BEARER: "the token itself; IAM is not asked",
}
_PRECEDENCE = (
    Credential.ROLE,
    Credential.BROKERED,
    Credential.SERVER,
    Credential.BEARER,
    Credential.UNSIGNED,
    Credential.NONE,
)
_ASKED = Label("asked for, and no more", Tone.FLAT)
_HANDED = Label("not decided by IAM", Tone.FLAT)
_STOPPED = (Status.BLOCKED, Status.NO_CREDENTIALS, Status.INVALID)
_FEW = 3
_LONGEST, _LONGEST_NAME = 8_000, 40


def _group(tool: ToolResult) -> _Group:
    """Each tool stands in one group: that of the strongest credential it uses."""
    first = _first(tool)
    if tool.role is RoleUse.GATE_ONLY and first is not Credential.ROLE:
        return _Group.GATE_ONLY
    return _Group(first.value)


def _first(tool: ToolResult) -> Credential:
    return next((each for each in _PRECEDENCE if each in tool.credentials), Credential.NONE)


def _source(kind: _Group, way: tuple[Node, ...]) -> str:
    """Who on the spine the group's authority comes from."""
    if kind is _Group.ROLE:
        return way[-1].id
    wanted = Part.TOKEN if kind is _Group.BEARER else Part.SERVER
    # The server itself comes after the role that it was handed, where that is told.
    return next((node.id for node in way if node.part is wanted), way[0].id)


def _tools_node(view: View, kind: _Group, tools: list[ToolResult], sections: Mapping[str, str]) -> Node:
    same = len({tool.status for tool in tools}) == 1
    lines = [] if same else [Line("", counted(tool.status for tool in tools))]
    others = Counter(each for tool in tools for each in tool.credentials if each is not _first(tool))
    lines += [Line("", f"{number} also {_TITLES[_Group(credential)]}") for credential, number in others.items()]
    lines.append(Line("", listed((shortened(tool.name, _LONGEST_NAME) for tool in tools), limit=_FEW)))
    anchor = view.tool_anchors.get(tools[0].name)
    label = STATUS[tools[0].status]
    title = f"{count(len(tools), 'tool')} {_TITLES[kind]}"
    return Node(f"tools-{kind}", Part.TOOLS, title, label, tuple(lines), f"#{anchor}" if anchor else sections["tools"])


def _tools_edge(view: View, source: str, target: str, kind: _Group, tools: list[ToolResult]) -> Edge:
    statuses = [tool.status for tool in tools]
    if kind is _Group.GATE_ONLY:
        # What stops these tools may be the role, whose edge says so: this one is of their own needs.
        statuses = [need.status for tool in tools for need in tool.own_needs if _counts(need)] or [Status.NOT_IAM]
        statuses += [Status.UNKNOWN for tool in tools if tool.unresolved]
    worst = min(statuses, key=WORST_FIRST.index)
    told = () if worst is Status.NO_CREDENTIALS else tuple(_missing(view, tools))
    return Edge(source, target, STATUS[worst], (_SIGNED[kind],), told)


def _counts(need: Need) -> bool:
    """Whether what became of a need is a part of what becomes of its tool."""
    if need.status is Status.UNKNOWN:
        return not need.spared and need.requirement.necessity is not Necessity.OPTIONAL
    return not need.spared and (need.gap or need.status in (Status.ALLOWED, Status.NOT_IAM))


def _missing(view: View, tools: list[ToolResult]) -> Iterator[str]:
    """The actions that the tools lack, and where it is not the group's own credential that lacks them, whose does."""
    lacking: dict[str, list[Need]] = {}
    for tool in tools:
        own = _first(tool)
        for need in tool.own_needs:
            if _counts(need) and need.status is Status.DENIED:
                tried = [attempt.credential for attempt in need.attempts] or [own]
                whose = "" if own in tried else _TITLES[_Group(tried[0])]
                once = view.once(need)
                lacking.setdefault(" ".join(filter(None, (once, whose))), []).append(need)
    for prefix, needs in lacking.items():
        actions = f"no {listed(dict.fromkeys(need.requirement.action for need in needs), limit=_FEW)}"
        yield f"{prefix}: {actions}" if prefix else actions


def _broker_node(view: View, sections: Mapping[str, str]) -> Node:
    broker = view.report.server.broker
    lines = (Line("", broker.description),) if broker and broker.description else ()
    return Node("broker", Part.BROKER, broker.name if broker else "A broker", None, lines, sections["broker"])
