"""Patterns walked without a regular expression: long ones, and those that meet a text with holes."""

from __future__ import annotations

import re
from collections.abc import Callable

from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR

ARN_FIELDS = 6

MAX_HOLED = 1_000_000
"""Characters of a pattern times characters of a value with holes that are compared; more is left open."""

LONG = 256
"""Characters from which on a text is not remembered, and a pattern no longer made into a regular expression."""

_MAX_PIECES = 64


def walk(pattern: str) -> Callable[[str], bool] | None:
    """
    The test of a long pattern without a regular expression, which takes longer to make than to use; else None.

    Between two stars the leftmost place is the best one here too.
    """
    if len(pattern) <= LONG or pattern.count("?") > _MAX_PIECES:
        return None
    first, *others = [_Part(part) for part in re.split(r"\*+", pattern)]
    if not others:
        return lambda value: len(value) == first.size and first.fits(value, 0)
    *middle, last = others

    def walked(value: str) -> bool:
        if not first.fits(value, 0):
            return False
        at = first.size
        for part in middle:
            at = part.found(value, at)
            if at < 0:
                return False
            at += part.size
        return len(value) - last.size >= at and last.fits(value, len(value) - last.size)

    return walked


def may(pattern: str, value: str) -> bool:
    """
    Whether some filling of the holes in `value` (and in `pattern`) matches.

    Both sides hold stars then: two wildcard texts meet when one walk over both ends together.
    Fields of an ARN are not told apart here, which can only say "may" too often.
    """
    for character, wanted in zip(value, pattern, strict=False):
        if character == HOLE or wanted in _OPEN:
            break
        if character != wanted:
            # Most pairs part here, before anything has to be searched for.
            return False
    if len(value) * len(pattern) > MAX_HOLED or not (set(value) - {HOLE}) or not (set(pattern) - {HOLE, "*"}):
        return True
    left = re.sub(f"[*{HOLE}]+", "*", pattern)
    right = re.sub(f"{HOLE}+", HOLE, value)
    if left.count(":") < ARN_FIELDS - 1 and left.startswith("arn:"):
        left += "*"
    reached = {0}
    for character in right:
        reached = _closed(left, reached)
        if character == HOLE:
            # A hole takes any text: everything from the first reached place on can be reached.
            reached = set(range(min(reached), len(left) + 1)) if reached else reached
            continue
        reached = {
            at if left[at] == "*" else at + 1
            for at in reached
            if at < len(left) and (left[at] in ("*", "?") or _PLAIN.get(left[at], left[at]) == character)
        }
        if not reached:
            return False
    return len(left) in _closed(left, reached)


_PLAIN = {LITERAL_STAR: "*", LITERAL_MARK: "?"}
_OPEN = frozenset(("*", "?", HOLE, LITERAL_STAR, LITERAL_MARK))


def _closed(pattern: str, reached: set[int]) -> set[int]:
    """The places in `pattern` that are reached when stars may take nothing."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] == "*":
            at += 1  # noqa: PLW2901 - the walk along the stars
            found.add(at)
    return found


class _Part:
    """Text between two stars: what stands between its question marks, each with its place."""

    __slots__ = ("_anchor", "_marks", "_pieces", "size")

    def __init__(self, text: str) -> None:
        at, pieces, marks = 0, [], []
        for piece in text.split("?"):
            if piece:
                pieces.append((at, piece.replace(LITERAL_STAR, "*").replace(LITERAL_MARK, "?")))
            at += len(piece) + 1
            marks.append(at - 1)
        self.size = len(text)
        self._pieces = pieces
        self._marks = marks[:-1]
        self._anchor = max(pieces, key=lambda piece: len(piece[1]), default=(0, ""))

    def fits(self, value: str, at: int) -> bool:
        """Whether the part stands in the value at this place."""
        if at + self.size > len(value) or not all(value.startswith(piece, at + place) for place, piece in self._pieces):
            return False
        return all(value[at + place] != HOLE for place in self._marks)

    def found(self, value: str, at: int) -> int:
        """The first place from here on where it stands; -1 where there is none."""
        offset, text = self._anchor
        place = value.find(text, at + offset)
        while place >= 0 and not self.fits(value, place - offset):
            place = value.find(text, place + 1)
        return place - offset if place >= 0 else -1
