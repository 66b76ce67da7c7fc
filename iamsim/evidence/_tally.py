"""What is alike, counted together, within bounds: calls and lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from iamsim import redact
from iamsim.model.observation import Call, Line
from iamsim.model.origin import Origin

Context = Mapping[str, tuple[str, ...]]
Kind = tuple[str, str, Hashable]

MOST = 10_000
"""Entries that are told apart."""
SHOWN = 1_000
"""Characters of a line of a log that are kept."""
OF_A_KIND = 200
"""Entries that are told apart of one operation, code and principal."""
# Moments since 1970 and random ids, not the ids of accounts or of people.
_VARYING = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?<![0-9])(?:1[4-9][0-9]{8}|2[01][0-9]{8}|1[4-9][0-9]{11})(?![0-9])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{16,64}(?![0-9A-Za-z])"
    r"|(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+=-]{80,}"
)


def shape(text: str) -> str:
    """A text without what differs from one time to the next: moments since 1970, random ids, encoded messages."""
    return _VARYING.sub("#", text)


def untimed(text: str) -> str:
    """The shape of a line of a log: without times and durations either."""
    return shape(_CLOCK.sub("#", text))


@dataclass(slots=True)
class _Entry:
    call: Call
    count: int
    first: datetime | None
    last: datetime | None
    context: dict[str, tuple[str, ...]]


class Calls:
    """
    Calls that are alike, counted together.

    Memory grows with what is told apart, and that is bounded: what comes after the first 200 of one kind, and what comes
    after 10,000 entries in all, is counted by operation and code alone.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry] = {}
        self._kinds: dict[Hashable, int] = {}
        self.lumped = 0
        self.dropped = 0

    def add(self, kind: Kind, apart: Hashable, at: datetime | None, context: Context, make: Callable[[], Call]) -> None:
        """
        Counts one call of a kind (operation, code, and what tells who called); within it `apart` tells it from others.

        `make` is asked for the call itself only if it is the first of its like.
        """
        entry = self._entries.get((kind, apart))
        if entry is None:
            known = self._kinds.get(kind, 0)
            if known < OF_A_KIND and len(self._entries) < MOST:
                self._kinds[kind] = known + 1
                self._entries[kind, apart] = _Entry(make(), 1, at, at, dict(context))
                return
            self.lumped += 1
            entry = self._entries.get(kind[:2])
            if entry is None:
                if len(self._entries) >= 2 * MOST:
                    self.dropped += 1
                    return
                call = make()
                alone = Call(call.operation, code=call.code, origin=call.origin)
                self._entries[kind[:2]] = _Entry(alone, 1, at, at, dict(context))
                return
        entry.count += 1
        # A time without a zone is neither before nor after one with it.
        if at is not None and (entry.first is None or (entry.first.tzinfo is None) == (at.tzinfo is None)):
            entry.first = at if entry.first is None or at < entry.first else entry.first
            entry.last = at if entry.last is None or at > entry.last else entry.last
        if entry.context and entry.context != context:
            entry.context = {name: values for name, values in entry.context.items() if context.get(name) == values}

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call, those that failed first, then by operation, principal and resource."""
        return tuple(sorted(self.in_order, key=_order))

    @property
    def in_order(self) -> tuple[Call, ...]:
        """Every call, in the order in which the first of each like was met."""
        return tuple(
            replace(
                entry.call,
                operation=_clean("", entry.call.operation),
                action=entry.call.action and _clean("", entry.call.action),
                code=_clean("", entry.call.code),
                at=entry.first,
                last=entry.last if entry.count > 1 else None,
                count=entry.count,
                context=shown(entry.context),
            )
            for entry in self._entries.values()
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be told apart any more."""
        found = []
        if self.lumped:
            found.append(
                f"calls after the first {OF_A_KIND} of a kind, or the first {MOST:,}, that differ, which are counted by "
                f"operation and error code alone: {self.lumped - self.dropped:,}"
            )
        if self.dropped:
            found.append(f"calls that are not shown, because too many operations and codes differ: {self.dropped:,}")
        return tuple(found)


class Lines:
    """Lines that are alike, counted together, at most 10,000 of them apart; `show` redacts the first of each like."""

    def __init__(self, show: Callable[[str], str]) -> None:
        self._show = show
        self._lines: dict[tuple[str, str, str], Line] = {}
        self._counts: dict[tuple[str, str, str], int] = {}
        self.dropped = 0

    def add(self, means: str, text: str, about: str, at: datetime | None, origin: Origin) -> None:
        """Counts a line; `about` is redacted already."""
        key = (means, about, untimed(text[:SHOWN]))
        if key in self._counts:
            self._counts[key] += 1
        elif len(self._lines) < MOST:
            self._lines[key] = Line(means, self._show(text), about, at, origin)
            self._counts[key] = 1
        else:
            self.dropped += 1

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines in the order in which the first of each like was met."""
        return tuple(replace(line, count=self._counts[key]) for key, line in self._lines.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be told apart any more."""
        told = f"lines that are not shown, because they come after the first {MOST:,} that differ: {self.dropped:,}"
        return (told,) if self.dropped else ()


def shown(context: Context) -> dict[str, tuple[str, ...]]:
    """A context as it may be shown: values that are credentials, by their look or the name of their tag, are redacted."""
    return {
        _clean("", name): tuple(_clean(name.partition("/")[2], value) for value in values)
        for name, values in sorted(context.items())
    }


@lru_cache(maxsize=4096)
def _clean(tag: str, value: str) -> str:
    return redact.line(str(redact.value(tag, value)) if tag else value)


_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|\d{1,9}\.\d{1,9}")


def _order(call: Call) -> tuple[bool, str, str, str, str, str]:
    return (not call.code, call.operation, call.code, call.principal or "", call.resource or "", call.message)
