"""The texts in a line of a log, whatever wrote it: plain, with a prefix, or JSON; and which lines are code of a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from iamsim.evidence import _answers

_LONGEST = _answers.LONGEST
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_MEMBERS = ("message", "msg", "log", "@message", "event", "text", "body")
_ERRORS = ("exc_info", "exception", "error", "err", "stack_trace", "stack", "traceback", "stacktrace")
_TIMES = ("time", "timestamp", "ts", "@timestamp", "asctime", "datetime", "eventTime")
# A line of JSON that is printed over several, such as `aws logs filter-log-events` prints.
_MEMBER = re.compile(r'\s*"(?:message|msg|log)"\s*:\s*("(?:[^"\\]|\\.)*+")\s*,?\s*')
_TRACEBACK = "Traceback (most recent call last)"
_MANY = 1_000
_NESTED = 3


class Tracebacks:
    """Follows a log and tells which lines are frames of a traceback, whose code speaks of errors that did not happen."""

    def __init__(self) -> None:
        self._column: int | None = None
        self._frames = 0

    def inside(self, text: str) -> bool:
        """Whether `text`, the next line, belongs to the frames of a traceback, or opens one."""
        column = text.find(_TRACEBACK)
        if column >= 0:
            self._column, self._frames = column, 0
            return True
        if self._column is None:
            return False
        rest = text[self._column :]
        self._frames += 1
        # The frames are indented behind what the log puts before each line; the exception itself is not.
        if rest[:1].isspace() and self._frames <= _MANY:
            return True
        self._column = None
        return False


def texts(line: str) -> Iterator[tuple[str, datetime | None]]:
    """Each line of text that a line of a log holds, with its time where that is told."""
    line = _COLOURS.sub("", line[:_LONGEST]) if "\x1b" in line else line[:_LONGEST]
    at = _answers.moment(line)
    member = _MEMBER.fullmatch(line)
    start = line.find("{")
    if member is not None:
        decoded = _json(member[1])
        yield from _each(decoded if isinstance(decoded, str) else line, at)
    elif start >= 0 and line.rstrip().endswith("}") and isinstance(told := _json(line[start:]), dict):
        yield from _told(told, at, 0)
    else:
        yield line, at


# ---------------------------------------------------------------- helpers


def _told(told: Mapping[str, Any], at: datetime | None, depth: int) -> Iterator[tuple[str, datetime | None]]:
    at = next((found for name in _TIMES if (found := _answers.moment(told.get(name))) is not None), at)
    record = told.get("record")  # loguru's own form
    if isinstance(record, dict) and depth < _NESTED:
        yield from _told(record, at, depth + 1)
        return
    for name in (*_MEMBERS, *_ERRORS):
        value = told.get(name)
        if isinstance(value, dict) and depth < _NESTED:
            yield from _told(value, at, depth + 1)
        elif isinstance(value, str):
            inner = _json(value) if value[:1] == "{" and depth < _NESTED else None
            if isinstance(inner, dict):
                yield from _told(inner, at, depth + 1)
            else:
                yield from _each(value, at)


def _each(text: str, at: datetime | None) -> Iterator[tuple[str, datetime | None]]:
    for line in text.splitlines()[:_MANY]:
        yield line, at or _answers.moment(line)


def _json(text: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
