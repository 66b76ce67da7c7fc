"""Where in a TOML text each key and each list item stands; `tomllib` keeps no places."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value: `("tool", 0, "needs", 1, "action")`."""


def places(text: str) -> Mapping[Path, int]:
    """
    The line, from 1, of every table, key and list item of `text`, which must be TOML that `tomllib` reads.

    A table has the line of its header, and one without a header that of the first key that makes it.
    """
    found = _Scanner(text)
    # Nested deeper than anybody writes: what was found so far tells where.
    with contextlib.suppress(RecursionError):
        found.document()
    return found.lines


def line(found: Mapping[Path, int], path: Path) -> int | None:
    """The line of what `path` leads to, else of the nearest thing around it; None for the top of the text."""
    for length in range(len(path), 0, -1):
        if path[:length] in found:
            return found[path[:length]]
    return None


_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*+")
_KEY = re.compile(r"[ \t]*+(\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'|[A-Za-z0-9_-]++)[ \t]*+")
_TEXT = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"{1,2}(?!\"))*+\"{3,5}|'''(?:[^']|'{1,2}(?!'))*+'{3,5}|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*+")


class _Scanner:
    """One pass over the text; the position only moves forward."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._counted = (0, 1)
        # How many tables each array of tables holds so far.
        self._lengths: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._blank():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _blank(self) -> bool:
        """Skips blanks and comments; whether there is anything behind them."""
        self._match(_BLANK)
        return self.at < len(self.text)

    def _header(self) -> Path:
        line, several = self._line(), self.text.startswith("[[", self.at)
        self.at += 2 if several else 1
        keys = self._keys()
        self.at += 2 if several else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._inside((*path, key))
            self.lines.setdefault(path, line)
        path = (*path, keys[-1])
        if not several:
            # Written after its own parts, `[a]` below `[a.b]`, the header is still where the table stands.
            path = self._inside(path)
            self.lines[path] = line
            return path
        self.lines.setdefault(path, line)
        self._lengths[path] = self._lengths.get(path, 0) + 1
        path = self._inside(path)
        self.lines[path] = line
        return path

    def _inside(self, path: Path) -> Path:
        """`path` and, where it leads to an array of tables, the last of them."""
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            written = self._match(_KEY).strip()
            keys.append(next(iter(tomllib.loads(f"{written} = 0"))) if written[:1] in ('"', "'") else written)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        self._match(_BLANK)
        match self.text[self.at : self.at + 1]:
            case "[":
                self._several(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._match(_TEXT)
            case _:
                self._match(_SCALAR)

    def _several(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._blank() and not self.text.startswith("]", self.at):
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            self.lines[*path, number] = self._line()
            self._value((*path, number))
            number += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._blank() and not self.text.startswith("}", self.at):
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None or found.end() == self.at:
            # No TOML: step on, so that the scan ends.
            self.at += 0 if pattern is _BLANK else 1
            return ""
        self.at = found.end()
        return found.group()

    def _line(self) -> int:
        before, number = self._counted
        number += self.text.count("\n", before, self.at)
        self._counted = (self.at, number)
        return number
