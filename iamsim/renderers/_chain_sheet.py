"""Boxes, lines and texts of the chain with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iamsim.renderers._chain_parts import Edge, Node
from iamsim.renderers._measured import shortened, width, wrapped
from iamsim.renderers._words import line

LEAD = 16.0
"""From one line of text to the next."""
PAD = 10.0
"""Between the side of a box and its text."""
EDGE = 6.0
"""Between a line and its texts."""


@dataclass(frozen=True, slots=True)
class Text:
    """
    One line of text: its class in the style sheet, and how wide it is at most.

    `name` says what the text is, where that stands on the same line.
    """

    text: str
    style: str
    wide: float
    name: str = ""


Placed = tuple[tuple[float, float, Text], ...]
"""Rows with where their first sign stands: x, and y of the line they stand on."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node and its place."""

    node: Node
    rows: tuple[Text, ...]
    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True, slots=True)
class Way:
    """An edge: the corners of its line, the last of which has the tip, and its texts."""

    edge: Edge
    corners: tuple[tuple[float, float], ...]
    texts: Placed


@dataclass(slots=True)
class Sheet:
    """Boxes and ways on a plane of a given width, as high as they need."""

    wide: float
    boxes: list[Box] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)

    @property
    def high(self) -> float:
        """Down to the last of them."""
        lowest = [box.y + box.high for box in self.boxes]
        lowest += [y for way in self.ways for _, y, _ in way.texts]
        return max(lowest, default=0.0) + EDGE


def of_node(node: Node, wide: float) -> tuple[Text, ...]:
    """What stands in a box of the width `wide`."""
    room = wide - 2 * PAD
    found = [*_rows(node.title, "h", room)]
    if node.label is not None:
        found += _rows(str(node.label), f"t t-{node.label.tone}", room)
    for told in node.lines:
        if told.code:
            found += _named(told.name, told.value, room)
        else:
            found += _rows(f"{told.name} {told.value}".strip(), "s", room)
    return tuple(found)


def _named(name: str, value: str, room: float) -> Iterator[Text]:
    """A name such as an ARN, with what it is on the same line where both fit, else above."""
    first, rest = line(name), list(_rows(value, "m", room))
    wide = width(f"{first} ", _SMALL, fixed=True) + rest[0].wide
    if first and len(rest) == 1 and wide <= room:
        yield Text(rest[0].text, "m", wide, f"{first} ")
        return
    if first:
        yield from _rows(name, "s", room)
    yield from rest


def asked(edge: Edge, room: float) -> tuple[Text, ...]:
    """What stands above the line."""
    styled = ((str(each), "s" if isinstance(each, str) else f"s t-{each.tone}") for each in edge.asked)
    return tuple(row for text, style in styled for row in _rows(text, style, room))


def told(edge: Edge, room: float) -> tuple[Text, ...]:
    """What stands below the line: the outcome, and what says more of it."""
    rows = [*_rows(str(edge.outcome), f"t t-{edge.outcome.tone}", room)]
    for words in edge.told:
        rows += _rows(words, "s", room)
    return tuple(rows)


def column(rows: Iterable[Text], x: float, y: float) -> Placed:
    """Rows under each other, the first of which begins at `y`."""
    return tuple((x, y + LEAD * (number + 0.72), row) for number, row in enumerate(rows))


def height(rows: tuple[Text, ...]) -> float:
    """How high rows are under each other."""
    return LEAD * len(rows)


_HEAD, _TEXT, _SMALL = 13.0, 12.5, 11.5
_LONGEST_NAME, _LONGEST_TEXT = 110, 260


def _rows(text: str, style: str, room: float) -> Iterator[Text]:
    """A text in lines of `room`; a very long name is shortened in its middle, a very long sentence at its end."""
    bold, fixed = style.startswith("h"), style.startswith("m")
    size = _HEAD if bold else _TEXT if style.startswith("t") else _SMALL
    shown = line(text)
    if fixed:
        shown = shortened(shown, _LONGEST_NAME)
    elif len(shown) > _LONGEST_TEXT:
        shown = f"{shown[: _LONGEST_TEXT - 1]}…"
    for part in wrapped(shown, room, size, bold=bold, fixed=fixed):
        yield Text(part, style, width(part, size, bold=bold, fixed=fixed))
