"""The chain from top to bottom, for a narrow screen or many roles."""

from __future__ import annotations

from itertools import pairwise

from iamsim.renderers._chain_parts import Chain
from iamsim.renderers._chain_sheet import EDGE, LEAD, PAD, Box, Placed, Sheet, Way, asked, column, height, of_node, told

_RAIL = 10.0
_LINE, _TEXT = 16.0, 30.0
"""Where a line runs to the box below it, and what is said of it: from the left side of the boxes."""


def sheet(chain: Chain, wide: float) -> Sheet:
    """
    All boxes under each other on a sheet of the width `wide`, with what leads past some of them at the left.

    A line to the next box runs down between the two. Every other leaves its box at the left, runs down a rail, and
    enters from the left; what is said of it stands above the box it leads to.
    """
    place = {node.id: number for number, node in enumerate(chain.nodes)}
    follows = {(first.id, then.id) for first, then in pairwise(chain.nodes)}
    passing = sorted(
        (edge for edge in chain.edges if (edge.source, edge.target) not in follows),
        key=lambda edge: place[edge.source],
    )
    # Lines that look alike share a rail; the dashes of one would be lost under another's.
    rails = list(dict.fromkeys((edge.source, edge.outcome.tone) for edge in passing))
    left = 1 + _RAIL * (len(rails) + 1 if rails else 0)
    room = wide - left - _TEXT - EDGE
    found = Sheet(wide)
    bottom: dict[str, float] = {}
    y = 1.0
    for node in chain.nodes:
        edges = [edge for edge in chain.edges if edge.target == node.id]
        edges.sort(key=lambda edge: (edge.source, edge.target) not in follows)
        texts: list[Placed] = []
        for edge in edges:
            said = (*asked(edge, room), *told(edge, room))
            texts.append(column(said, left + _TEXT, y + EDGE))
            y += height(said) + 2 * EDGE
        for number, (edge, placed) in enumerate(zip(edges, texts, strict=True)):
            if (edge.source, node.id) in follows:
                line = left + _LINE
                corners: tuple[tuple[float, float], ...] = ((line, bottom[edge.source]), (line, y))
            else:
                rail = rails.index((edge.source, edge.outcome.tone))
                x, entry = 4 + _RAIL * rail, y + LEAD * (0.75 + 0.5 * number)
                leaves = bottom[edge.source] - LEAD * (0.75 + 0.4 * (len(rails) - 1 - rail))
                corners = ((left, leaves), (x, leaves), (x, entry), (left, entry))
            found.ways.append(Way(edge, corners, placed))
        rows = of_node(node, wide - left - 1)
        high = height(rows) + 2 * PAD
        found.boxes.append(Box(node, rows, left, y, wide - left - 1, high))
        y += high
        bottom[node.id] = y
    return found
