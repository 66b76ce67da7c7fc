"""The messages of JSON-RPC in a file, whatever stands around them: a log's words, a recorder's fields, a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamsim.errors import InputError
from iamsim.evidence._keeping import Kept, NotJsonError, first_json, moment, parsed
from iamsim.evidence._keeping import line as shown_line
from iamsim.evidence._reading import Opened
from iamsim.jsontext import written
from iamsim.model.origin import Origin

MARK = "jsonrpc"
_BEGINNING = re.compile(r"\[\s{0,4}\{|\{")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_MOMENTS = ("timestamp", "@timestamp", "time", "ts", "at", "date")
# No line of server-sent events, and more than a bracket.
_SAYS = re.compile(r"(?!(?:event|id|retry|data)?:)[^\w\n]{0,40}\w")
_MOST_TRIES = 6
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Message:
    """A message, when it was written and where it stands; `size` are the characters of its line, 0 in a file that is read whole."""

    body: Mapping[str, Any]
    at: datetime | None
    origin: Origin
    size: int = 0


def messages(opened: Opened, kept: Kept) -> Iterator[Message]:
    """
    The messages in the order of the file; what has the mark of one and cannot be read is counted as malformed.

    A file that is one JSON value is read whole, any other line by line. Lines that say something else are noted.
    """
    head = opened.head.lstrip()
    if head[:1] in ("[", "{") and not _is_json(head.partition("\n")[0]):
        try:
            whole = parsed(opened.text())
        except (NotJsonError, InputError):  # lines, of which the first is long
            pass
        else:
            yield from _within(whole, None, kept.at(None), "", 0)
            return
    others = 0
    for number, line in opened.lines():
        if MARK not in line:
            others += _SAYS.match(line) is not None
        else:
            found = _of_line(line)
            if found is None:
                kept.malformed += 1
            else:
                value, at = found
                for message in _within(value, at, kept.at(number), None, 0):
                    yield replace(message, size=len(line))
    if others:
        kept.note(f"lines without a message: {others}; name the format server_log to read them as a log")


def _is_json(text: str) -> bool:
    try:
        parsed(text)
    except NotJsonError:
        return False
    return True


def _of_line(line: str) -> tuple[Any, datetime | None] | None:
    """The first JSON of a line that holds the mark, and the moment that is told before it."""
    for tries, beginning in enumerate(_BEGINNING.finditer(line)):
        if tries >= _MOST_TRIES:
            break
        try:
            value = first_json(line, beginning.start())
        except NotJsonError:
            continue
        told = _MOMENT.search(line, 0, min(beginning.start(), 1000))
        if value:
            return value, moment(told[0]) if told else None
    return None


def _within(value: Any, at: datetime | None, origin: Origin, pointer: str | None, depth: int) -> Iterator[Message]:  # noqa: ANN401 - JSON is any of six types
    """The messages in a value; `pointer` leads to it in a file that is one JSON value, None within a line."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if MARK in value and value.lstrip()[:1] in ("{", "["):
            try:
                yield from _within(parsed(value), at, origin, pointer, depth + 1)
            except NotJsonError:
                return
        return
    if isinstance(value, list):
        parts: Any = enumerate(value)
    elif not isinstance(value, Mapping):
        return
    elif value.get(MARK) == "2.0":
        place = origin if pointer is None else Origin(origin.document, pointer)
        yield Message(value, at, place)
        return
    else:
        at = next(filter(None, (moment(value.get(name)) for name in _MOMENTS)), at)
        parts = value.items()
    for name, part in parts:
        if isinstance(part, (str, list, Mapping)):
            inner = (
                None if pointer is None else pointer + written((name if isinstance(name, int) else shown_line(name),))
            )
            yield from _within(part, at, origin, inner, depth + 1)
