"""The details of a failed test as mcp-test prints them, and as people copy them: Tool, Input, Error, Error Type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.evidence._keeping import NotJsonError, arguments, parsed

_MOST_LINES = 200
_MOST_CHARACTERS = 64 * 1024
FIELD = re.compile(
    r"(?P<before>\s{0,40}(?:\*\*)?)(?P<name>Tool|Input|Error|Error Type|Reason|Resolved URI|Variables|Configuration Needed)"
    r"(?:\*\*)?:(?:\*\*)?(?:\s|$)(?P<value>.*)"
)
_ASIDE = re.compile(
    r"\s{2,40}(?:\d{1,6} step failures in this loop|\(cleanup step failure\)|"
    r"(?:First failure|Failed) at (?P<where>step (?P<step>\d{1,6}): (?P<tool>\S{1,300})))\s*"
)
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]')
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


@dataclass(slots=True)
class Details:
    """
    What is told of one failure; `feed` takes line by line.

    `name` is that of the bullet or heading above. `whole` turns false where an input does not end. `step` is the number
    of the step at which a loop failed, and its tool.
    """

    name: str
    line: int
    tool: str = ""
    error_type: str = ""
    reason: str = ""
    input: Mapping[str, Any] | None = None
    whole: bool = True
    step: tuple[int, str] | None = None
    _error: list[str] = field(default_factory=list)
    _input: list[str] = field(default_factory=list)
    _within: str = ""
    _indent: int = 0
    _depth: int = 0
    _length: int = 0
    _blank: bool = False

    @property
    def error(self) -> str:
        """The error, its lines without what they are indented by."""
        return "\n".join(self._error).strip()

    @property
    def told(self) -> bool:
        """Whether more than a name is told."""
        return bool(self.tool or self._error or self.error_type or self.reason or self._input)

    @property
    def complete(self) -> bool:
        """Whether everything is told that is always printed of a tool: its name, the error and the error's type."""
        return self.whole and bool(self.tool and self._error and self.error_type)

    def feed(self, text: str) -> bool:
        """Takes a line; False for one that does not belong to the details."""
        if self._within == "Input" and self._depth > 0 and not FIELD.fullmatch(text):
            self._take_input(text)
            return True
        found = FIELD.fullmatch(text)
        if found:
            self._begin(found)
            return True
        if text.lstrip().startswith("```"):
            self.end()
            return False
        if aside := _ASIDE.fullmatch(text):
            if aside["where"]:
                self.reason, self.step = f"failed at {aside['where']}", (int(aside["step"]), aside["tool"])
            return True
        if self._within != "Error":
            return not text.strip()
        return self._more_of_the_error(text)

    def end(self) -> None:
        """No more lines come."""
        if self._within in ("Input", "Variables") and self._depth > 0:
            self.whole = False
        self._within = ""

    # ---------------------------------------------------------------- helpers

    def _begin(self, found: re.Match[str]) -> None:
        self.end()
        name, value = found["name"], found["value"].strip()
        self._within, self._depth, self._blank = name, 0, False
        if name == "Tool" and not self.tool:
            self.tool = value
        elif name == "Error Type" and not self.error_type:
            self.error_type = value
        elif name == "Reason" and not self.reason:
            self.reason = value
        elif name == "Error" and not self._error:
            self._indent = len(found["before"])
            self._error.append(value)
        elif name == "Input" and not self._input:
            self._take_input(value)
        else:
            self._within = ""

    def _take_input(self, text: str) -> None:
        self._length += len(text) + 1
        if len(self._input) >= 10 * _MOST_LINES or self._length > 4 * _MOST_CHARACTERS:
            self.whole, self._within, self._depth = False, "", 0
            return
        self._input.append(text)
        self._depth += sum(_STEP.get(token, 0) for token in _BRACKET.findall(text))
        if self._depth <= 0:
            self._within = ""
            try:
                self.input = arguments(parsed("\n".join(self._input)))
            except NotJsonError:
                self.whole = False

    def _more_of_the_error(self, text: str) -> bool:
        if not text.strip():
            self._blank = True
            return True
        indent = len(text) - len(text.lstrip())
        if self._blank and indent <= self._indent:
            self._within = ""
            return False
        if len(self._error) < _MOST_LINES and self._length < 5 * _MOST_CHARACTERS:
            self._length += len(text)
            self._error.extend([""] * self._blank + [text[min(indent, self._indent + len("Error: ")) :].rstrip()])
        self._blank = False
        return True
