"""The chain as a drawing (SVG) that needs no script."""

from __future__ import annotations

from markupsafe import Markup

from iamsim.renderers import _chain_across, _chain_down
from iamsim.renderers._chain_parts import Chain
from iamsim.renderers._chain_sheet import LEAD, PAD, Box, Sheet, Text, Way
from iamsim.renderers._measured import is_guess, shortened
from iamsim.renderers._words import Tone, line


def drawing(chain: Chain) -> Markup:
    """
    Two drawings of the same, of which a style sheet shows the one that fits (`templates/chain.css`).

    Nodes are links to what the page tells of them; there is no `style` attribute and no script. All text is shown
    as `_words.line` makes it, and escaped. The same chain gives the same text.
    """
    wide = _chain_across.sheet(chain) if len(chain.spine) <= _MOST else _chain_down.sheet(chain, _WIDE)
    narrow = _chain_down.sheet(chain, _NARROW)
    return Markup('<div class="drawn">\n{}\n{}\n</div>').format(_svg(wide, "drawn-wide"), _svg(narrow, "drawn-narrow"))


_MOST = 3
"""Boxes beside each other, before the tools, whose text a page of 1,100 pixels still shows in a readable size."""
_WIDE, _NARROW = 720.0, 344.0
_LABEL = "The chain from the token to the tools; each box leads to what the page tells of it"
_LONGEST_TITLE = 1_000


def _svg(sheet: Sheet, name: str) -> Markup:
    # Each box comes after what leads to it, which is the order in which the keyboard and a screen reader go.
    parts = (
        part
        for box in sheet.boxes
        for part in (*(_way(way) for way in sheet.ways if way.edge.target == box.node.id), _box(box))
    )
    wide, high = _n(sheet.wide), _n(sheet.high)
    return Markup(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 {} {}" role="group" aria-label="{}">\n{}\n</svg>'
    ).format(name, wide, high, wide, high, _LABEL, Markup("\n").join(parts))


def _box(box: Box) -> Markup:
    texts = Markup().join(
        _text(row, box.x + PAD, box.y + PAD + LEAD * (number + 0.72)) for number, row in enumerate(box.rows)
    )
    tone = box.node.label.tone if box.node.label is not None else Tone.FLAT
    return Markup(
        '<a class="node b-{}" href="{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}</a>'
    ).format(tone, box.node.href, _title(box.node.words), _n(box.x), _n(box.y), _n(box.wide), _n(box.high), texts)


def _way(way: Way) -> Markup:
    (before, at), (x, y) = way.corners[-2], way.corners[-1]
    if abs(x - before) > abs(y - at):
        tip = f"M{_n(x - 7)} {_n(y - 4)}L{_n(x)} {_n(y)}L{_n(x - 7)} {_n(y + 4)}z"
    else:
        tip = f"M{_n(x - 4)} {_n(y - 7)}L{_n(x)} {_n(y)}L{_n(x + 4)} {_n(y - 7)}z"
    path = "M" + "L".join(f"{_n(one)} {_n(other)}" for one, other in way.corners)
    inner = Markup('<title>{}</title><path class="line" d="{}"/><path class="tip" d="{}"/>{}').format(
        _title(way.edge.words), path, tip, Markup().join(_text(row, one, other) for one, other, row in way.texts)
    )
    if way.edge.href:
        return Markup('<a class="way e-{}" href="{}">{}</a>').format(way.edge.outcome.tone, way.edge.href, inner)
    return Markup('<g class="way e-{}">{}</g>').format(way.edge.outcome.tone, inner)


def _text(row: Text, x: float, y: float) -> Markup:
    # A font may have wider signs than was guessed: these are held to what was laid out for them.
    held = Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(_n(row.wide)) if is_guess(row.text) else ""
    name = Markup('<tspan class="s">{}</tspan>').format(row.name) if row.name else ""
    return Markup('<text class="{}" x="{}" y="{}"{}>{}{}</text>').format(row.style, _n(x), _n(y), held, name, row.text)


def _title(words: str) -> str:
    return shortened(line(words), _LONGEST_TITLE)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
