"""A log read line by line: what was found so far, in whichever format it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsim.evidence import _answers, _log_lines
from iamsim.evidence._tally import Calls, Lines, shape, untimed
from iamsim.model.observation import Call, Evidence, Line
from iamsim.model.origin import Origin


@dataclass(slots=True)
class Found:
    """The calls and lines of a log, counted together where they are alike."""

    calls: Calls = field(default_factory=Calls)
    lines: Lines = field(default_factory=lambda: Lines(_log_lines.shown))
    read: int = 0
    passed: int = 0
    encoded: int = 0

    def text(self, text: str, at: datetime | None, origin: Origin) -> bool:
        """Takes in what one line of text says; whether it says anything."""
        assumed = ""
        any_ = False
        for means, about in _log_lines.said(text):
            any_ = True
            assumed = about if means == "role-assumption-failed" else assumed
            self.line(means, text, about, at, origin)
        call = _answers.told(text, origin, at) if _log_lines.answers(text) else None
        if call is None:
            return any_
        if assumed.startswith("arn:"):
            # The server says whose role it was; AWS's answer does not always.
            call = replace(call, operation=call.operation or "sts:AssumeRole", resource=call.resource or assumed)
        self.call(call)
        means = _log_lines.of_code(call.code)
        if means:
            self.line(means, text, "", at, origin)
        self.encoded += _answers.encoded(text)
        return True

    def line(self, means: str, text: str, about: str, at: datetime | None, origin: Origin) -> None:
        """Counts a line that means this."""
        self.lines.add(means, text, about, at, origin)

    def call(self, call: Call) -> None:
        """Counts a call."""
        kind = (call.operation, call.code, call.principal and shape(call.principal))
        apart = (call.resource, untimed(call.message), call.action)
        self.calls.add(kind, apart, call.at, call.context, lambda: call)

    def evidence(
        self, format: str, location: str, sha256: str, notes: Iterator[str] | tuple[str, ...] = ()
    ) -> Evidence:
        """All of it, in the order in which the first of each like stands in the log."""
        told = list(notes)
        if self.passed:
            told.append(
                f"{self.passed:,} of {self.read:,} lines say nothing of credentials, tokens, roles or AWS's answers, and "
                "were passed over"
            )
        if self.encoded:
            told.append(f"{_answers.DECODE}; lines with one: {self.encoded:,}")
        return Evidence(
            format,
            location,
            sha256,
            calls=tuple(sorted(self.calls.in_order, key=_place)),
            lines=tuple(sorted(self.lines.lines, key=_place)),
            stated={"lines": self.read},
            notes=(*told, *self.calls.notes, *self.lines.notes),
        )


def _place(told: Call | Line) -> int:
    return told.origin.line or 0
