"""Strict JSON, and the line and column of everything in it."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
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

Pointer = tuple[str | int, ...]


def load(text: str, document: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    The JSON value in `text`, read strictly: one value, no duplicate keys, no NaN, no byte order mark.

    Numbers come back as `Number`, as they were written. Raises `InputError` with line and column.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{len(text):,} characters are more than a policy can have",
            hint=f"AWS takes 131,072; at most {MAX_CHARACTERS:,} are read",
            origin=Origin(document),
        )
    if any(mark in text for mark in RESERVED):
        raise InputError(
            "a private-use character (U+E000 to U+E002) is not readable here",
            hint="AWS takes no such character",
            origin=Origin(document),
        )
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError as error:
        message = "starts with a byte order mark" if text.startswith("\ufeff") else error.msg.lower()
        origin = Origin(document, "", error.lineno, error.colno)
        raise InputError(f"is not JSON: {message}", hint="write one JSON object", origin=origin) from None
    except _DuplicateKeyError as error:
        origin = Places(text, document).duplicate(error.key)
        hint = "a JSON object holds a key once; the last one would silently win"
        raise InputError(f"the key `{error.key[:120]}` appears twice in one object", hint=hint, origin=origin) from None
    except (RecursionError, ValueError) as error:
        message = (
            "is nested too deeply" if isinstance(error, RecursionError) else "holds a number that JSON does not have"
        )
        raise InputError(message, hint="write a plain policy document", origin=Origin(document)) from None


class Number(str):
    """A JSON number as it was written, so that `1.0` and `1` stay what they are."""

    __slots__ = ()


def written(pointer: Pointer) -> str:
    """The pointer in RFC 6901's notation."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


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
    raise ValueError(word)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
_LENIENT = json.JSONDecoder(parse_int=Number, parse_float=Number)
_BLANK = re.compile(r"[ \t\n\r]*")


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

    def duplicate(self, key: str) -> Origin:
        """The second appearance of `key` in the first object that holds it twice."""
        pending: list[tuple[Pointer, int]] = [((), self.starts[()])]
        while pending:
            pointer, offset = pending.pop(0)
            seen: set[str | int] = set()
            for name, begins, value in self.members(offset):
                if name in seen and name == key:
                    line, column = self.position(begins)
                    return Origin(self.document, written((*pointer, name)), line, column)
                seen.add(name)
                pending.append(((*pointer, name), value))
        return Origin(self.document)
