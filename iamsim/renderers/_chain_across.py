"""The chain from left to right, for a screen with room."""

from __future__ import annotations

from collections.abc import Sequence

from iamsim.renderers._chain_parts import Chain, Edge, Node, Part
from iamsim.renderers._chain_sheet import (
    EDGE,
    LEAD,
    PAD,
    Box,
    Placed,
    Sheet,
    Text,
    Way,
    asked,
    column,
    height,
    of_node,
    told,
)

_BOX, _TOOLS = 180.0, 180.0
_GAP, _CALL, _LAST = 100.0, 172.0, 164.0
"""Between boxes: what is said of a token, of an AssumeRole call, of what tools sign with."""
_BETWEEN = 16.0
_FIRST, _STEP = 16.0, 9.0
"""Where lines leave the lower side of a box: the first from its left, and the next from the one before."""


def sheet(chain: Chain) -> Sheet:
    """
    The token, the server and the roles in one row, and the tools in a column at the right.

    What leads to tools that do not stand in that row leaves its box at the lower side, runs down, and then to the
    right below all of the row: no line crosses a box.
    """
    return _Across(chain).drawn()


class _Across:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._into: dict[str, list[Edge]] = {node.id: [] for node in chain.nodes}
        for edge in chain.edges:
            self._into[edge.target].append(edge)
        self._x: dict[str, float] = {}
        x = 1.0
        for number, node in enumerate(chain.spine):
            x += 0 if not number else _CALL if node.part is Part.ROLE else _GAP
            self._x[node.id] = x
            x += _BOX
        if chain.broker is not None:
            # It stands below the last role, and where there is none right of all the others.
            if chain.spine[-1].part is not Part.ROLE:
                x += _GAP + _BOX
            self._x[chain.broker.id] = x - _BOX
        self._tools = x + _LAST
        self._beside = self._in_row()
        self._sheet = Sheet(1 + (self._tools + _TOOLS if chain.groups else x))
        self._bottom = 0.0
        # The line that runs down farthest leaves its box first from the left, so that none crosses another.
        leaving = [e for e in chain.edges if e.target not in self._x and e.target not in self._beside]
        leaving += self._into.get("broker", [])
        self._leaving = {node.id: sum(edge.source == node.id for edge in leaving) for node in chain.spine}
        last = chain.spine[-1].id
        self._said = self._x[last] + _FIRST + _STEP * self._leaving[last] + EDGE

    def drawn(self) -> Sheet:
        """Everything in its place."""
        chain = self._chain
        beside = [node for node in chain.groups if node.id in self._beside]
        y = self._row((*chain.spine, *beside)) + _BETWEEN
        for node in chain.groups:
            if node.id not in self._beside:
                y = self._group(node, y) + _BETWEEN
        return self._sheet

    def _in_row(self) -> frozenset[str]:
        """The group that follows the last of the row and nobody else."""
        first = self._chain.groups[:1]
        last = self._chain.spine[-1].id
        return frozenset(node.id for node in first if [edge.source for edge in self._into[node.id]] == [last])

    def _row(self, nodes: Sequence[Node]) -> float:
        """The first row, with its lines all at one height; returns where it ends."""
        edges = [self._into[node.id][0] for node in nodes[1:]]
        spans = [(self._x[edge.source] + _BOX, self._x.get(edge.target, self._tools)) for edge in edges]
        above = [asked(edge, end - start - 2 * EDGE) for edge, (start, end) in zip(edges, spans, strict=True)]
        below = [told(edge, end - start - 2 * EDGE) for edge, (start, end) in zip(edges, spans, strict=True)]
        rows = [of_node(node, _BOX if node.id in self._x else _TOOLS) for node in nodes]
        at = 1 + max([LEAD, *map(height, above)]) + EDGE
        high = max([at + EDGE + max(map(height, below), default=0.0), *(height(each) + 2 * PAD for each in rows)])
        for node, own in zip(nodes, rows, strict=True):
            wide = _BOX if node.id in self._x else _TOOLS
            self._sheet.boxes.append(Box(node, own, self._x.get(node.id, self._tools), 1, wide, high))
        for edge, (start, end), over, under in zip(edges, spans, above, below, strict=True):
            texts = column(over, start + EDGE, at - EDGE - height(over)) + column(under, start + EDGE, at + EDGE)
            self._sheet.ways.append(Way(edge, ((start, at), (end, at)), texts))
        self._bottom = 1 + high
        return self._bottom

    def _group(self, node: Node, y: float) -> float:
        """Tools in a row of their own, with what leads to them; returns where it ends."""
        rows = of_node(node, _TOOLS)
        entries: list[tuple[Edge, float, Placed]] = []
        down = y
        for edge in self._into[node.id]:
            # Whatever still runs down is left of the last box's own lines.
            x = self._tools - _LAST + EDGE if edge.source == "broker" else self._said
            over, under = asked(edge, self._tools - x - EDGE), told(edge, self._tools - x - EDGE)
            entry = down + height(over) + EDGE
            entries.append((edge, entry, column(over, x, down) + column(under, x, entry + EDGE)))
            down = entry + height(under) + 2 * EDGE
        high = max(down - y, height(rows) + 2 * PAD)
        for edge, entry, texts in entries:
            if self._chain.broker is not None and edge.source == self._chain.broker.id:
                high = max(high, self._broker(self._chain.broker, y, entry, high))
                start: tuple[tuple[float, float], ...] = ((self._x[edge.source] + _BOX, entry),)
            else:
                start = self._from(edge.source, entry)
            self._sheet.ways.append(Way(edge, (*start, (self._tools, entry)), texts))
        self._sheet.boxes.append(Box(node, rows, self._tools, y, _TOOLS, high))
        return y + high

    def _broker(self, node: Node, y: float, entry: float, high: float) -> float:
        """The broker left of its tools, with the line to it; returns how high it is."""
        rows: tuple[Text, ...] = of_node(node, _BOX)
        high = max(high, height(rows) + 2 * PAD)
        self._sheet.boxes.append(Box(node, rows, self._x[node.id], y, _BOX, high))
        for edge in self._into[node.id]:
            corners = (*self._from(edge.source, entry), (self._x[node.id], entry))
            x = corners[0][0] + EDGE
            said = (*asked(edge, self._x[node.id] - x - EDGE), *told(edge, self._x[node.id] - x - EDGE))
            self._sheet.ways.append(Way(edge, corners, column(said, x, entry + EDGE)))
        return high

    def _from(self, source: str, entry: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """The way from the lower side of a box down to `entry`."""
        self._leaving[source] -= 1
        x = self._x[source] + _FIRST + _STEP * self._leaving[source]
        return (x, self._bottom), (x, entry)
