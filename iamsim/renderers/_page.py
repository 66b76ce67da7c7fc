"""Lines of text for a terminal: paragraphs, columns, excerpts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from iamsim.renderers import RenderOptions
from iamsim.renderers._words import Label, Tone, line, visible

STYLE = {
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.OPEN: "yellow",
    Tone.WARN: "magenta",
    Tone.FLAT: "bright_black",
}
DIM = "bright_black"

Span = tuple[str, str]
"""Text in one style; an empty style is plain."""
Text = str | Sequence[Span]


class Page:
    """
    Lines of text; everything that reaches it is first made harmless, and names are never markup.

    `cells` is how many columns a text takes, `paint` gives a text its style.
    """

    def __init__(self, options: RenderOptions, cells: Callable[[str], int], paint: Callable[[str, str], str]) -> None:
        self.options = options
        self._cells = cells
        self._paint = paint
        self._lines: list[str] = []

    def text(self) -> str:
        """The page, without blank lines at its beginning or two in a row."""
        return re.sub(r"\n{3,}", "\n\n", "".join(f"{row}\n" for row in self._lines)).lstrip("\n")

    def blank(self) -> None:
        """An empty line; several in a row become one."""
        self._lines.append("")

    def section(self, title: str) -> None:
        """The heading of a section."""
        self.blank()
        self.row("", [("─── ", DIM), (title, "bold"), (" ───", DIM)])

    def row(self, head: Text, text: Text, *, hang: int | None = None) -> None:
        """One paragraph behind `head`; what wraps stands to the right of it, or behind `hang` columns."""
        first = self.safe(head)
        width = self.size(first)
        indent = width if hang is None else hang
        wrapped = self._wrapped(self.safe(text), self.options.width - width, self.options.width - indent)
        for number, spans in enumerate(wrapped):
            self._put([*first, *spans] if number == 0 else [(" " * indent, ""), *spans])

    def facts(self, pairs: Iterable[tuple[str, Text]], *, indent: int = 2) -> None:
        """Names and values in two columns."""
        shown = list(pairs)
        wide = max((len(name) for name, _ in shown), default=0) + 2
        for name, value in shown:
            self.row([(" " * indent + name.ljust(wide), DIM)], value)

    def table(self, rows: Iterable[Sequence[Text]], *, indent: int = 2, widest: Sequence[int] = ()) -> None:
        """
        Cells in columns, the last of which takes what is left.

        `widest` limits the others. Where the page is too narrow the widest columns give way first, to
        the length of their longest words; what does not fit its cell wraps there.
        """
        cells = [[self.safe(cell) for cell in row] for row in rows]
        widths = [max(map(self.size, column)) for column in zip(*cells, strict=True)]
        widths = [min(width, limit) for width, limit in zip(widths, [*widest, *widths[len(widest) :]], strict=True)]
        words = [max(self._longest_word(cell) for cell in column) for column in zip(*cells, strict=True)]
        room = self.options.width - indent - _GAP * (len(widths) - 1)
        while sum(widths) > room:
            loose = [width if width > word else 0 for width, word in zip(widths, words, strict=True)]
            wide = loose if any(loose) else widths
            widths[wide.index(max(wide))] -= 1
        for row in cells:
            parts = [self._wrapped(cell, width, width) for cell, width in zip(row, widths, strict=True)]
            for number in range(max(map(len, parts))):
                spans: list[Span] = [(" " * indent, "")]
                for part, width in zip(parts, widths, strict=True):
                    shown = part[number] if number < len(part) else []
                    spans += [*shown, (" " * (width - self.size(shown) + _GAP), "")]
                self._put(spans)

    def verbatim(self, text: str, *, indent: int = 4, style: Callable[[str], str] = lambda _: "") -> None:
        """Text to be copied: never wrapped, whatever the width."""
        for row in text.rstrip("\n").split("\n"):
            self._put([(self._shown(" " * indent + row, block=True), style(row))])

    def fits(self, text: Text, width: int) -> bool:
        """Whether a text stays on one line of `width` columns."""
        return self.size(self.safe(text)) <= width

    def safe(self, text: Text) -> list[Span]:
        """The text as it is shown, with its styles."""
        spans = [(text, "")] if isinstance(text, str) else text
        return [(self._shown(part), style) for part, style in spans]

    def size(self, spans: Iterable[Span]) -> int:
        """Columns taken."""
        return sum(self._cells(part) for part, _ in spans)

    def _longest_word(self, spans: Iterable[Span]) -> int:
        return max((self.size(word) for _, word in _words(spans)), default=0)

    def _shown(self, text: str, *, block: bool = False) -> str:
        shown = visible(text) if block else line(text)
        if not self.options.unicode:
            shown = shown.translate(_ASCII).encode("ascii", "backslashreplace").decode()
        return shown.expandtabs(4)

    def _put(self, spans: Iterable[Span]) -> None:
        parts = [(part, style) for part, style in spans if part]
        while parts and not parts[-1][0].strip():
            parts.pop()
        self._lines.append("".join(self._paint(part, style) if style else part for part, style in parts).rstrip())

    def _wrapped(self, spans: Sequence[Span], first: int, width: int) -> list[list[Span]]:
        """The text in lines of at most `width` columns, the first of `first`; always one at least."""
        if self.size(spans) <= first:
            return [list(spans)]
        lines: list[list[Span]] = [[]]
        left = first
        for gap, word in _words(spans):
            size = self.size(word)
            if lines[-1] and len(gap) + size > left:
                lines.append([])
                left = width
            elif gap:
                lines[-1].append((gap, ""))
                left -= len(gap)
            for character in self._pieces(word, max(left, 1), max(width, 1)):
                if character is None:
                    lines.append([])
                    left = width
                else:
                    lines[-1].append(character)
                    left -= self._cells(character[0])
        return lines

    def _pieces(self, word: list[Span], left: int, width: int) -> Iterable[Span | None]:
        """The parts of a word; None where a line has to end, in one that is longer than a line."""
        if self.size(word) <= left:
            yield from word
            return
        for text, style in word:
            start = used = 0
            for at, character in enumerate(text):
                used += self._cells(character)
                if used > left:
                    yield text[start:at], style
                    yield None
                    start, used, left = at, self._cells(character), width
            yield text[start:], style
            left -= used


def label(label: Label, rest: Text = "") -> list[Span]:
    """A mark with its word in the colour of its tone, and what follows it."""
    return [(str(label), STYLE[label.tone]), *([(rest, "")] if isinstance(rest, str) else rest)]


_GAP = 2
_ASCII = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->", "─": "-", "\u2039": "<", "\u203a": ">"})


def _words(spans: Iterable[Span]) -> list[tuple[str, list[Span]]]:
    """The words, each with the blanks before it; a word may have parts in several styles."""
    found: list[tuple[str, list[Span]]] = []
    gap, fresh = "", True
    for text, style in spans:
        for piece in re.findall(r"\s+|\S+", text):
            if piece.isspace():
                gap, fresh = gap + piece, True
            elif fresh:
                found.append((gap, [(piece, style)]))
                gap, fresh = "", False
            else:
                found[-1][1].append((piece, style))
    return found
