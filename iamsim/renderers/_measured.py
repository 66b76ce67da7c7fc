"""Text in lines of a width that holds in every usual font."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

# Widths in em of DejaVu Sans, the widest of the fonts that `system-ui` becomes; what fits in it fits in the others.
_NARROW = {
    0.30: "ijl'I",
    0.40: "ftr ,./:;()[]\\|!-J",
    0.53: '"*?_`sz',
    0.64: "0123456789$abcdeghnopquvxykTFLPESU{}",
    0.78: "ABCDGHKNOQRVXYZ&",
    0.84: "#+<>=^~w",
}
_WIDTHS = {character: width for width, characters in _NARROW.items() for character in characters}
_WIDEST = 1.0
_FIXED = 0.62
"""Em of a character in the widest of the usual fixed-width fonts."""
_BOLD = 1.13
_FOREIGN = 1.15
_SQUARE = 1.3
"""Em of a Chinese, Japanese or Korean sign, or an emoji."""
_WORDS = re.compile(r"\s+|\S+")
_BREAKS = re.compile(r"[^:/,._@=-]*[:/,._@=-]+|[^:/,._@=-]+")


def width(text: str, size: float, *, bold: bool = False, fixed: bool = False) -> float:
    """How wide `text` is at most, in the unit of the font's `size`; a guess for signs outside of ASCII (`is_guess`)."""
    if fixed:
        em = sum(_FIXED if c.isascii() else _foreign(c) for c in text)
    else:
        em = sum((_WIDTHS.get(c, _WIDEST) if c.isascii() else _foreign(c)) * (_BOLD if bold else 1) for c in text)
    return em * size


def is_guess(text: str) -> bool:
    """Whether a font may be wider than `width` says, so that a drawing has to hold the text to it."""
    return not text.isascii() and not all(ord(c) < _USUAL or c in _OURS or _is_square(c) for c in text)


def wrapped(text: str, room: float, size: float, *, bold: bool = False, fixed: bool = False) -> tuple[str, ...]:
    """
    The text in lines no wider than `room`, none of it left out; one empty line for no text.

    Lines end between words, else behind a sign such as `:` or `/`, else anywhere.
    """

    def measure(part: str) -> float:
        return width(part, size, bold=bold, fixed=fixed)

    lines, line, used = [], "", 0.0
    for piece in _pieces(text, room, measure):
        wide = measure(piece)
        if line and used + wide > room and not piece.isspace():
            lines.append(line.rstrip())
            line, used = "", 0.0
        if line or not piece.isspace():
            line, used = line + piece, used + wide
    return tuple([*lines, line.rstrip()] if line.strip() or not lines else lines)


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters, with `…` for what is left out in the middle."""
    if len(text) <= longest:
        return text
    head = (longest - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


_USUAL = 0x0600
"""Below it are the Latin, Greek, Cyrillic, Armenian and Hebrew letters, none of them wider than `_FOREIGN`."""
_OURS = frozenset("✓✗·…→“”’—‹›")  # noqa: RUF001 - typographic signs are meant


def _is_square(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _foreign(character: str) -> float:
    return _SQUARE if _is_square(character) else _FOREIGN


def _pieces(text: str, room: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Words and the blanks between them; a word wider than a line in parts that are not."""
    for match in _WORDS.finditer(text):
        word = match.group()
        if word.isspace():
            yield " "
        elif measure(word) <= room:
            yield word
        else:
            for part in _BREAKS.findall(word):
                yield from [part] if measure(part) <= room else _cut(part, room, measure)


def _cut(part: str, room: float, measure: Callable[[str], float]) -> Iterator[str]:
    """A part wider than a line, in as few as are not; one character at least in each."""
    start, used = 0, 0.0
    for at, character in enumerate(part):
        wide = measure(character)
        if used + wide > room and at > start:
            yield part[start:at]
            start, used = at, 0.0
        used += wide
    yield part[start:]
