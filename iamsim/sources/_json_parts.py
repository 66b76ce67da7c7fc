"""Large JSON texts, read strictly and part by part, with the line and column of everything in a part."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # in the standard library since 2.6
from typing import Any, NoReturn, cast

from iamsim.errors import InputError
from iamsim.jsontext import MAX_DEPTH, Number, Pointer, Written, clipped, only_readable, refuse, written
from iamsim.model.origin import Origin

MAX_PART = 32_000_000
"""
Longest part that is read, in characters.

Most of what AWS stores for one thing are the grants of a KMS key, 50,000 of some 500 characters each (AWS KMS Developer
Guide, "Resource quotas"). A role's inline policies have 10,240 (IAM User Guide, "IAM and STS quotas").
"""

MAX_MEMBERS = 2_000_000
"""Most members, of objects and lists, that a part may have; each takes some hundred bytes while it is read."""

# Where the members of a container begin, with the marks of what is in them: by key in an object, in order in a list.
# None for a text or number, and for a list of texts.
_Marks = dict[str, tuple[int, Any]] | list[tuple[int, Any]] | None


class Parts:
    """
    The values of a JSON text of up to `most` characters, to be walked without holding more than one part.

    Strict as `jsontext.load` is: duplicate keys, NaN, nesting and reserved characters are `InputError` with the place.
    """

    def __init__(self, text: str, document: str, most: int) -> None:
        if len(text) > most:
            refuse(f"{len(text):,} characters are too many", f"at most {most:,} are read", document, text, most)
        if text.startswith("\ufeff"):
            refuse("is not JSON: starts with a byte order mark", "save it without one", document, text, 0)
        only_readable(text, document)
        self.text = text
        self.document = document
        self._limit = 0
        self._left = 0
        # A place in the text: its offset, the number of its line and where that begins.
        self._known = 0, 1, 0

    def values(self) -> Iterator[Part]:
        """The values that stand one behind another: one in a JSON document, several in a concatenation of some."""
        at = _end(_BLANK(self.text, 0))
        if at == len(self.text):
            self.refuse("it is empty", at)
        while at < len(self.text):
            part = Part(self, at, at, "", 0)
            yield part
            at = _end(_BLANK(self.text, part.end()))

    def line(self, offset: int) -> tuple[int, int]:
        """The number of the line at `offset`, and where it begins; quick where offsets grow from call to call."""
        known, line, begins = self._known
        if offset < known:
            known, line, begins = 0, 1, 0
        line += self.text.count("\n", known, offset)
        begins = max(begins, self.text.rfind("\n", known, offset) + 1)
        self._known = offset, line, begins
        return line, begins

    def part(self, at: int, depth: int) -> tuple[Any, _Marks, int]:
        """What `walked` gives, for a value of bounded size."""
        self._limit, self._left = at + MAX_PART, MAX_MEMBERS
        value, marks, end = self.walked(at, depth)
        self.within(end)
        return value, marks, end

    def within(self, at: int) -> None:
        """Refuses a part that goes on until `at`, with one member more than before."""
        self._left -= 1
        if at > self._limit or self._left < 0:
            hint = f"at most {MAX_PART:,} characters and {MAX_MEMBERS:,} members are read"
            refuse(_TOO_LONG, hint, self.document, self.text, self._limit - MAX_PART)

    def refuse(self, message: str, offset: int, hint: str = "") -> NoReturn:
        """Raises the error that what stands at `offset` is no JSON."""
        refuse(f"is not JSON: {message}", hint or "save the file again, whole", self.document, self.text, offset)

    def walked(self, at: int, depth: int) -> tuple[Any, _Marks, int]:
        """The value that begins at `at`, the marks of what is in it, and where it ends."""
        opener = self.text[at : at + 1]
        if opener == "{":
            return self._object(at, depth)
        if opener == "[":
            return self._list(at, depth)
        value, end = self.scalar(at)
        return value, None, end

    def scalar(self, at: int) -> tuple[Any, int]:
        try:
            return cast("tuple[Any, int]", _SCALAR(self.text, at))
        except StopIteration as stop:
            self.refuse("a value is missing", stop.value)
        except _NoNumberError:
            self.refuse("a number that JSON does not have", at)
        except JSONDecodeError as error:
            self.refuse(error.msg.lower(), error.pos)

    def key(self, at: int) -> tuple[str, int]:
        """The key at `at`, and where its value begins."""
        match = _KEY(self.text, at)
        if match is not None:
            return match[1], match.end()
        if self.text[at : at + 1] != '"':
            self.refuse("a key in quotes is missing", at)
        try:
            key, end = scanstring(self.text, at + 1)
        except JSONDecodeError as error:
            self.refuse(error.msg.lower(), error.pos)
        colon = _COLON(self.text, end)
        if colon is None:
            self.refuse("a colon is missing behind a key", end)
        return key, colon.end()

    def first(self, at: int) -> tuple[bool, int]:
        """Whether the container that opens at `at` holds anything, and where that begins; else its end."""
        begins = _end(_BLANK(self.text, at + 1))
        closer = "}" if self.text[at] == "{" else "]"
        empty = self.text[begins : begins + 1] == closer
        return not empty, begins + empty

    def next(self, at: int, closer: str) -> tuple[bool, int]:
        """Whether another member follows the one that ends at `at`, and where it begins; else the container's end."""
        match = _NEXT(self.text, at)
        if match is None or match[1] not in (",", closer):
            place = _end(_BLANK(self.text, at))
            self.refuse("it ends too early" if place >= len(self.text) else "a comma is missing", place)
        return match[1] == ",", match.end() if match[1] == "," else match.end(1)

    def deeper(self, depth: int, at: int) -> int:
        if depth == MAX_DEPTH:
            refuse("is nested too deeply", "AWS prints nothing like it", self.document, self.text, at)
        return depth + 1

    def twice(self, key: str, at: int, pointer: Pointer = ()) -> NoReturn:
        message, hint = f"the key `{clipped(key)}` appears twice in one object", "the last one would silently win"
        refuse(message, hint, self.document, self.text, at, pointer)

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], _Marks, int]:
        depth = self.deeper(depth, at)
        self.within(at)
        text, found, marks = self.text, dict[str, Any](), dict[str, tuple[int, Any]]()
        more, at = self.first(at)
        while more:
            begins = at
            match = _KEY(text, at)
            if match is None:
                key, at = self.key(at)
            else:
                key, at = match[1], match.end()
            if key in found:
                self.twice(key, begins)
            opener, inner = text[at : at + 1], None
            if opener == "{":
                found[key], inner, at = self._object(at, depth)
            elif opener == "[":
                found[key], inner, at = self._list(at, depth)
            else:
                found[key], at = self.scalar(at)
            marks[key] = begins, inner
            self.within(at)
            match = _NEXT(text, at)
            if match is not None and match[1] == ",":
                at = match.end()
            else:
                more, at = self.next(at, "}")
        return found, marks, at

    def _list(self, at: int, depth: int) -> tuple[list[Any], _Marks, int]:
        depth = self.deeper(depth, at)
        self.within(at)
        if (texts := _TEXTS(self.text, at)) is not None:
            self.within(texts.end())
            # Most lists hold actions and ARNs. Nobody asks for the place of one of them but an error.
            value, end = self.scalar(at)
            return value, None, end
        found: list[Any] = []
        marks: list[tuple[int, Any]] = []
        more, at = self.first(at)
        while more:
            begins = at
            self.within(at)
            value, inner, at = self.walked(at, depth)
            found.append(value)
            marks.append((begins, inner))
            more, at = self.next(at, "]")
        return found, marks, at


class Part:
    """One value of the text: either its members are walked, or it is read as a whole. Each may be done once, in order."""

    __slots__ = ("_depth", "_end", "_parts", "_value", "begins", "opener", "pointer")

    def __init__(self, parts: Parts, begins: int, value: int, pointer: str, depth: int) -> None:
        self._parts = parts
        self.begins = begins
        self._value = value
        self._depth = depth
        self._end: int | None = None
        self.pointer = pointer
        self.opener = parts.text[value : value + 1]

    def origin(self) -> Origin:
        """The place: of the key in an object, of the value in a list."""
        line, begins = self._parts.line(self.begins)
        return Origin(self._parts.document, self.pointer, line, self.begins - begins + 1)

    def refuse(self, message: str, hint: str) -> NoReturn:
        raise InputError(message, hint=hint, origin=self.origin())

    def end(self) -> int:
        """Where the value ends; it is read for that, if nobody has."""
        if self._end is None:
            _, _, self._end = self._parts.part(self._value, self._depth)
        return self._end

    def read(self) -> Written:
        """The value; its pointers begin at the part, their places are those in the whole text."""
        value, marks, self._end = self._parts.part(self._value, self._depth)
        return Written(value, _Places(self._parts, self, marks, self._end).origin)

    def members(self) -> Iterator[tuple[str, Part]]:
        """The members of an object, by key; of a list, with the index as text."""
        parts, closer = self._parts, "}" if self.opener == "{" else "]"
        depth = parts.deeper(self._depth, self._value)
        keys: set[str] = set()
        more, at = parts.first(self._value)
        index = 0
        while more:
            begins, key = at, str(index)
            if closer == "}":
                key, at = parts.key(at)
                if key in keys:
                    parts.twice(key, begins)
                keys.add(key)
            part = Part(parts, begins, at, self.pointer + written((key,)), depth)
            yield key, part
            more, at = parts.next(part.end(), closer)
            index += 1
        self._end = at


class _Places:
    """The places in one part."""

    __slots__ = ("begins", "document", "line", "marks", "pointer", "starts")

    def __init__(self, parts: Parts, part: Part, marks: _Marks, end: int) -> None:
        self.document = parts.document
        self.begins = part.begins
        self.pointer = part.pointer
        self.marks = marks
        self.line, start = parts.line(part.begins)
        self.starts = array("Q", [start])
        self.starts.extend(match.end() for match in _LINE_END(parts.text, part.begins, end))

    def origin(self, pointer: Pointer) -> Origin:
        """The place of a pointer; of what stands around it where nothing is remembered of it."""
        at, marks = self.begins, self.marks
        for part in pointer:
            try:
                at, marks = marks[part]  # type: ignore[index]  # what does not fit is what the handler is for
            except (TypeError, KeyError, IndexError):
                break
        i = bisect_right(self.starts, at) - 1
        return Origin(self.document, self.pointer + written(pointer), self.line + i, at - self.starts[i] + 1)


class _NoNumberError(Exception):
    """NaN or an infinity."""


def _no_constant(word: str) -> NoReturn:
    raise _NoNumberError(word)


# Only for what is no object and no list, or a list of texts: duplicate keys are looked for elsewhere.
_SCALAR = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_no_constant).scan_once  # type: ignore[attr-defined]  # the scanner behind raw_decode
_TOO_LONG = "is longer than anything that AWS stores for one"
_TEXT = r'"(?:[^"\\]++|\\.)*+"'
_BLANK = re.compile(r"[ \t\n\r]*+").match
_KEY = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+').match
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+").match
_NEXT = re.compile(r"[ \t\n\r]*+([,}\]])[ \t\n\r]*+").match
_TEXTS = re.compile(rf"\[[ \t\n\r]*+{_TEXT}(?:[ \t\n\r]*+,[ \t\n\r]*+{_TEXT})*+[ \t\n\r]*+\]", re.DOTALL).match
_LINE_END = re.compile("\n").finditer


def _end(match: re.Match[str] | None) -> int:
    """Where a match of what may be empty ends."""
    return match.end() if match is not None else 0
