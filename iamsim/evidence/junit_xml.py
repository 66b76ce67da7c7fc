"""
JUnit's XML, as pytest, Maven, Gradle, Jest, Go's tools and others write it.

Source: https://github.com/testmoapp/junitxml, "Common JUnit XML format and examples".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn
from xml.parsers import expat

from iamsim.evidence import Format
from iamsim.evidence._keeping import Kept, moment, seconds
from iamsim.evidence._reading import MOST, Opened
from iamsim.evidence._tests import TOOL_PROPERTIES, Case, hold_against_totals
from iamsim.model.observation import Evidence, Outcome

_ROOT = re.compile(r"<(?:testsuites?|testrun)[\s/>]")
_UTF_16 = re.compile(r"\A[^>]{0,100}encoding=[\"']utf-?16", re.IGNORECASE)
_FAILURES = ("failure", "error", "rerunFailure", "rerunError")
_OUTPUTS = ("system-out", "system-err")
_NOT_RUN = ("notrun", "skipped", "disabled", "ignored", "suppressed")
_TOTALS = {
    "tests": ("tests",),
    "tests failed": ("failures", "errors"),
    "tests skipped": ("skipped", "skips", "disabled"),
}
_PIECE = 1024 * 1024
_LONGEST_TOKEN = 16 * _PIECE
_MOST_TEXT = 64 * 1024
_DEEPEST = 64


def likeness(opened: Opened) -> int:
    """Sure where XML begins with the elements of test suites."""
    return 95 if opened.head.lstrip()[:1] == "<" and _ROOT.search(opened.head) else 0


def read(opened: Opened) -> Evidence:
    """Every test case; a file that breaks off is read until there."""
    suites = _Suites(Kept(opened, "junit_xml"))
    # A text in UTF-16 has become UTF-8 by now, whatever it says of itself.
    parser = expat.ParserCreate("utf-8" if _UTF_16.match(opened.head) else None)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = lambda name, attributes: suites.begin(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = suites.end
    parser.CharacterDataHandler = suites.text
    parser.StartDoctypeDeclHandler = suites.declares
    try:
        with opened.stream() as stream:
            fed = 0
            while piece := stream.read(_PIECE):
                parser.Parse(piece)
                fed += len(piece)
                if fed > MOST or fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                    suites.kept.refuse("holds a part that is too long", "give a part of it")
            parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        suites.breaks_off(getattr(error, "lineno", None))
    return suites.finished()


class _Suites:
    """What the elements tell; `case` is the test case that is open."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.path: list[str] = []
        self.outermost = 0
        self.broken = False
        self.case: Mapping[str, str] | None = None
        self.number = self.depth = 0
        self.clear()

    def clear(self) -> None:
        self.outcome = Outcome.PASSED
        self.told: Mapping[str, str] = {}
        self.tool: str | None = None
        self.details: list[str] = []
        self.length = 0
        self.output: list[str] = []
        self.printed = 0

    def declares(self, *_: Any) -> NoReturn:  # noqa: ANN401 - what expat gives
        """Entities make a short file long, and read other files; no test report needs them."""
        self.kept.refuse("declares a document type, which is not read", "take out `<!DOCTYPE …>`")

    def begin(self, name: str, attributes: dict[str, str], number: int) -> None:
        self.path.append(name.rpartition(":")[2])
        name = self.path[-1]
        if len(self.path) > _DEEPEST:
            self.kept.refuse("is nested too deeply")
        if name == "testcase":
            self.clear()
            self.case, self.number, self.depth = attributes, number, len(self.path)
            if attributes.get("status", "").lower() in _NOT_RUN or attributes.get("result", "").lower() in _NOT_RUN:
                self.outcome = Outcome.SKIPPED
        elif self.case is None:
            if name in ("testsuites", "testsuite", "testrun"):
                self.states(attributes)
        elif name in _FAILURES and self.outcome is not Outcome.FAILED:
            self.outcome, self.told, self.length = Outcome.FAILED, attributes, 0
            self.details = []
        elif name == "skipped" and self.outcome is not Outcome.FAILED:
            self.outcome, self.told = Outcome.SKIPPED, attributes
        elif name == "property" and attributes.get("name") in TOOL_PROPERTIES:
            self.tool = attributes.get("value")

    def states(self, attributes: Mapping[str, str]) -> None:
        """Totals of the outermost element that tells any; those beside it add up."""
        depth = len(self.path)
        many = {name: int(value) for name, value in attributes.items() if re.fullmatch(r"\d{1,9}", value, re.ASCII)}
        if "tests" not in many or (self.outermost and depth > self.outermost):
            return
        self.outermost = depth
        stated = self.kept.stated
        for name, parts in _TOTALS.items():
            if any(part in many for part in parts):
                stated[name] = stated.get(name, 0) + sum(many.get(part, 0) for part in parts)

    def text(self, words: str) -> None:
        if self.case is None or len(self.path) <= self.depth:
            return
        within = self.path[self.depth]
        if (within in _FAILURES or within == "skipped") and self.length < _MOST_TEXT:
            self.details.append(words)
            self.length += len(words)
        elif within in _OUTPUTS and self.printed < _MOST_TEXT:
            self.output.append(words)
            self.printed += len(words)

    def end(self, _: str) -> None:
        if self.path.pop() != "testcase" or self.case is None:
            return
        case, self.case = self.case, None
        name = ".".join(filter(None, (case.get("classname", ""), case.get("name", ""))))
        if not name:
            self.kept.malformed += 1
            return
        self.kept.add(
            Case(
                name,
                self.outcome,
                tool=self.tool,
                message=self.told.get("message", ""),
                details="".join(self.details),
                error_type=self.told.get("type", ""),
                output="".join(self.output),
                seconds=seconds(case.get("time", case.get("duration"))),
                at=moment(case.get("timestamp")),
                number=self.number,
            ).result(self.kept)
        )

    def breaks_off(self, number: int | None) -> None:
        self.broken = True
        if self.case is not None:
            # What would follow may be a failure.
            self.outcome = Outcome.UNKNOWN if self.outcome is Outcome.PASSED else self.outcome
            self.path = ["testcase"]
            self.end("testcase")
        where = "" if number is None else f" at line {number}"
        self.kept.note(f"the XML breaks off{where}, and is read until there")

    def finished(self) -> Evidence:
        if self.kept.nothing():
            self.kept.refuse("is no XML of JUnit" if self.broken else "holds no test", "give the file of `--junitxml`")
        hold_against_totals(self.kept)
        return self.kept.evidence()


EVIDENCE = Format("JUnit XML", likeness, read)
