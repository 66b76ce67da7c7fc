"""A test of any kind as a result, and the totals that its file prints held against what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from iamsim.evidence._keeping import ANSWER, ERROR, Kept, line, says_timeout, shown
from iamsim.model.observation import Outcome, Result, Subject

TOOL_PROPERTIES = ("tool", "tool_name", "mcp_tool")
"""Names of a property by which a test tells the tool that it calls."""
_TYPE = re.compile(
    r"(?:failed on \w{1,20} with \")?(?P<type>[A-Za-z_][\w.]{0,200}(?:Error|Exception|Timeout|Expired|Interrupt|Exit))(?::|\s*\Z)"
)


@dataclass(slots=True)
class Case:
    """
    A test that came out; `message` is the error in short, `details` all of it, of which the end tells most.

    `number` is the line of the file that tells it, `pointer` its place in a file that is one JSON value.
    """

    name: str
    outcome: Outcome
    tool: str | None = None
    message: str = ""
    details: str = ""
    error_type: str = ""
    output: str = ""
    seconds: float | None = None
    at: datetime | None = None
    number: int | None = None
    pointer: str = ""

    def result(self, kept: Kept) -> Result:
        """The same as a result, redacted."""
        error = _joined(self.message, self.details)
        found = _TYPE.match(self.message)
        return Result(
            line(self.name),
            self.outcome,
            Subject.TEST,
            tool=line(self.tool) if self.tool else None,
            error=error,
            error_type=line(self.error_type or (found["type"] if found else "")),
            timed_out=self.outcome is Outcome.FAILED and says_timeout(error),
            seconds=self.seconds,
            at=self.at,
            origin=kept.at(self.number, self.pointer),
            output=shown(self.output, ANSWER),
        )


def hold_against_totals(kept: Kept) -> None:
    """Notes where the totals say other numbers than the tests."""
    found: Mapping[str, int] = {
        "tests": len(kept.results),
        **{
            f"tests {outcome}": sum(one.outcome is outcome for one in kept.results)
            for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED)
        },
    }
    for name, stated in kept.stated.items():
        if name in found and found[name] != stated:
            kept.note(f"the totals say {stated} {name}, the file shows {found[name]}")


def _joined(message: str, details: str) -> str:
    """The message, and as much of the end of the details as there is room for."""
    message, details = shown(message), shown(details, 10 * ERROR)
    room = ERROR - len(message) - 2
    if not details or details in message or room < ERROR // 4:
        return message
    rest = details if len(details) <= room else f"…{details[-room:]}"
    return rest if rest.startswith(message) else f"{message}\n{rest}"
