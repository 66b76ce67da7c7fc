"""Strict JSON, and the line and column of everything in it."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # C-speed skipping; in the standard library since 2.6
from typing import Any, NoReturn

from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.principal import RESERVED

MAX_CHARACTERS = 1_000_000
"""
Longest policy text that is read.

IAM's API takes 131,072 characters (IAM API Reference, `policyDocumentType`); no service stores more.
"""

MAX_DEPTH = 100
"""Deepest nesting that is read. A policy has seven levels; Python's own limit depends on who calls."""

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it stands in a text, JSON or YAML: `origin` tells the place of a pointer into it."""

    value: Any
    origin: Callable[[Pointer], Origin]


def read(text: str, document: str, most: int | None = None) -> Written:
    """The JSON value in `text` as `load` reads it, with the place of everything in it."""
    return Written(load(text, document, most), Places(text, document).origin)


def load(text: str, document: str, most: int | None = None) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    The JSON value in `text`, read strictly: one value, no duplicate keys, no NaN, no byte order mark.

    Numbers come back as `Number`, as they were written. `most` are the characters that a document which is
    no policy may have. Raises `InputError` with line and column, and with the pointer of a duplicate key.
    """
    if most is None and len(text) > MAX_CHARACTERS:
        message, hint = (
            f"{len(text):,} characters are more than a policy can have",
            f"at most {MAX_CHARACTERS:,} are read",
        )
        refuse(message, f"AWS takes 131,072; {hint}", document, text, MAX_CHARACTERS)
    if most is not None and len(text) > most:
        refuse(f"{len(text):,} characters are too many", f"at most {most:,} are read", document, text, most)
    only_readable(text, document)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _not_too_deep(text, document)
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError as error:
        message = "starts with a byte order mark" if text.startswith("\ufeff") else error.msg.lower()
        refuse(f"is not JSON: {message}", "write one JSON object", document, text, error.pos)
    except _DuplicateKeyError as error:
        pointer, offset = _duplicate(text)
        hint = "a JSON object holds a key once; the last one would silently win"
        refuse(f"the key `{clipped(error.key)}` appears twice in one object", hint, document, text, offset, pointer)
    except _NoNumberError as error:
        offset = next(match.start() for match in _TOKEN.finditer(text) if match[0].startswith(error.word))
        refuse("holds a number that JSON does not have", "write a plain policy document", document, text, offset)


class Number(str):
    """A JSON number as it was written, so that `1.0` and `1` stay what they are."""

    __slots__ = ()


class Holed(str):
    """
    A text of which a piece is not told: the model's `HOLE` stands for it.

    Made by what resolves a document, never read: the reserved character is refused in every input.
    """

    __slots__ = ()


def written(pointer: Pointer) -> str:
    """The pointer in RFC 6901's notation."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


def clipped(value: object) -> str:
    """User text, short enough for one line."""
    shown = _CONTROL.sub("?", str(value)[: _LINE + 1])
    return shown if len(shown) <= _LINE else shown[: _LINE - 1] + "…"


def unreadable(text: str) -> str | None:
    """Why `text` cannot be read: it holds a character that stands for something else in the engine, or for nothing."""
    found = None if text.isascii() else _UNREADABLE.search(text)
    return None if found is None else _why(found[0])


def short(pointer: Pointer) -> Pointer:
    """The pointer with no part longer than a line, for errors."""
    return tuple(clipped(part) if isinstance(part, str) else part for part in pointer)


# ---------------------------------------------------------------- what is refused before it is read


def refuse(  # noqa: PLR0913, PLR0917 - an error has that many sides
    message: str, hint: str, document: str, text: str, offset: int, pointer: Pointer = ()
) -> NoReturn:
    """Raises the error about what stands at `offset` of `text`."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    raise InputError(message, hint=hint, origin=Origin(document, written(short(pointer)), line, column)) from None


def only_readable(text: str, document: str) -> None:
    """Refuses what `unreadable` names, as it is or escaped."""
    if not text.isascii() and (found := _UNREADABLE.search(text)):
        refuse(_why(found[0]), _NO_SUCH, document, text, found.start())
    if _SUSPECT.search(text):
        for match in _ESCAPE.finditer(text):
            if match[1] and (why := unreadable(chr(int(match[1], 16)))):
                refuse(why, _NO_SUCH, document, text, match.start())


def _why(character: str) -> str:
    if character in RESERVED:
        return "a private-use character (U+E000 to U+E002) is not readable here"
    return "half of a character (a surrogate without its pair) is not readable"


def _not_too_deep(text: str, document: str) -> None:
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += _STEP.get(match[0], 0)
        if depth > MAX_DEPTH:
            refuse("is nested too deeply", "write a plain policy document", document, text, match.start())


_LINE = 120
_NO_SUCH = "AWS takes no such character"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNREADABLE = re.compile(f"[{''.join(RESERVED)}\ud800-\udfff]")
# Where no such escape may be, none is looked at: a large file is full of others.
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|[eE]00[0-2])")
# A pair of surrogates is one character; everything else behind a backslash is passed over with it.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u([0-9a-fA-F]{4})|\\.", re.DOTALL)
STRING = r'"(?:[^"\\]++|\\.)*+"?'
"""A JSON text, or the rest of one that does not end, as a regular expression."""

_BRACKET = re.compile(rf"{STRING}|[\[\]{{}}]", re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_TOKEN = re.compile(rf"{STRING}|[\[\]{{}},:]|-?[A-Za-z]+", re.DOTALL)


# ---------------------------------------------------------------- strict reading


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _NoNumberError(Exception):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return found


def _no_constant(word: str) -> NoReturn:
    raise _NoNumberError(word)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
_LENIENT = json.JSONDecoder(parse_int=Number, parse_float=Number)
_BLANK = re.compile(r"[ \t\n\r]*")


def _duplicate(text: str) -> tuple[Pointer, int]:
    """
    Pointer and offset of a key's second appearance in the first object that ends with one.

    The text is JSON up to there. One walk over its tokens: nesting and size do not multiply.
    """
    path: list[str | int] = []
    keys: list[dict[str, int] | None] = []
    # Of each open object the first key that came again; the decoder reports an object when it ends.
    again: list[tuple[Pointer, int] | None] = []
    expects_key = False
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            keys.append({} if mark == "{" else None)
            path.append("" if mark == "{" else 0)
            again.append(None)
            expects_key = mark == "{"
        elif mark in "]}":
            if found := again.pop():
                return found
            keys.pop()
            path.pop()
            expects_key = False
        elif mark == ",":
            expects_key = keys[-1] is not None
            if isinstance(last := path[-1], int):
                path[-1] = last + 1
        elif expects_key and (seen := keys[-1]) is not None and mark[0] == '"':
            key, _ = scanstring(text, match.start() + 1)
            path[-1] = key
            if key in seen and again[-1] is None:
                again[-1] = (tuple(path), match.start())
            seen[key] = match.start()
            expects_key = False
    return (), 0


class Places:
    """
    Line and column of every pointer of a valid JSON text.

    Each container is split into its members once, when something inside it is first asked for; the
    C scanner of the standard library skips the values.
    """

    def __init__(self, text: str, document: str) -> None:
        self.text = text
        self.document = document
        self.lines = [0, *(match.end() for match in re.finditer(r"\n", text))]
        self.starts: dict[Pointer, int] = {(): _BLANK.match(text, 0).end()}  # type: ignore[union-attr]  # matches the empty text too
        self.opened: set[Pointer] = set()

    def origin(self, pointer: Pointer) -> Origin:
        """The place of a pointer: of its key in an object, of its value in a list."""
        line, column = self.position(self.start(pointer))
        return Origin(self.document, written(pointer), line, column)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1."""
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def start(self, pointer: Pointer) -> int:
        """Where the member begins: at its key in an object, at its value in a list."""
        for depth in range(len(pointer)):
            container = pointer[:depth]
            if container not in self.opened:
                self.opened.add(container)
                for key, begins, _ in self.members(self.value(container)):
                    self.starts.setdefault((*container, key), begins)
        return self.starts.get(pointer, self.starts[()])

    def value(self, pointer: Pointer) -> int:
        """Where the value of a member begins, behind its key."""
        begins = self.starts.get(pointer, self.starts[()])
        if pointer and isinstance(pointer[-1], str):
            _, end = scanstring(self.text, begins + 1)
            return self.skip(self.skip(end) + 1)
        return begins

    def skip(self, offset: int) -> int:
        """The first offset from here on that is not white space."""
        match = _BLANK.match(self.text, offset)
        return match.end() if match else offset

    def members(self, offset: int) -> Iterator[tuple[str | int, int, int]]:
        """Key or index, start of the member, start of its value, for the container that begins at `offset`."""
        opener = self.text[offset : offset + 1]
        if opener not in ("{", "["):
            return
        at, index = self.skip(offset + 1), 0
        while at < len(self.text) and self.text[at] not in "}]":
            begins = at
            key: str | int = index
            if opener == "{":
                key, end = scanstring(self.text, at + 1)
                at = self.skip(self.skip(end) + 1)
            value = at
            _, end = _LENIENT.scan_once(self.text, at)  # type: ignore[attr-defined]  # the scanner behind raw_decode
            yield key, begins, value
            at, index = self.skip(end), index + 1
            if self.text[at : at + 1] == ",":
                at = self.skip(at + 1)
