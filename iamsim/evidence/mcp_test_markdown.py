"""Results of mcp-test that somebody wrote up in Markdown: details copied out of a report, and totals in prose."""

from __future__ import annotations

import re

from iamsim.evidence import Format
from iamsim.evidence._details import FIELD, Details
from iamsim.evidence._keeping import Kept, quoted
from iamsim.evidence._reading import Opened
from iamsim.evidence._running import Run, result_of
from iamsim.model.observation import Evidence, Outcome, Subject

_HEADING = re.compile(r"#{1,6}\s{1,8}(?P<title>.{1,1000})")
_NAMED = re.compile(r"`(?P<name>[\w.:/-]{1,300})`")
_TOOL = re.compile(
    r"`?(?P<name>[^\s`]{1,300})`?(?:\s{1,8}\((?P<many>\d{1,6}) (?:variations?|variants?|calls?|times|tests?)\))?.{0,200}"
)
_PASSED = re.compile(
    r"\b(?P<passed>\d{1,9}) ?(?:/|of) ?(?P<tested>\d{1,9}) (?P<what>tools|resources) pass(?:ed|ing)?\b", re.IGNORECASE
)
_FAILED = re.compile(r"(?<![/\d])(?P<failed>\d{1,9}) (?P<what>tools|resources) fail(?:ed|ing)?\b", re.IGNORECASE)
_TESTED = re.compile(
    r"#{1,6}\s{1,8}(?P<what>Tools|Resources)\b.{0,20}?\((?P<tested>\d{1,9}) tested\b.{0,200}", re.IGNORECASE
)
_COUNTED = re.compile(r"\s{0,40}[-+] \W{0,12}(?P<many>\d{1,9}) (?P<how>passed|failed|skipped)\b.{0,200}", re.IGNORECASE)
_BULLET = re.compile(r"\s{0,40}[-*+] {1,8}(?=\**(?:Tool|Input|Error))")
_AT_MARGIN = re.compile(r"^#{1,6} \S", re.MULTILINE)
_COPIED = re.compile(r"^[\s*>-]{0,8}(?:Tool|Error|Error Type)(?:\*\*)?:", re.MULTILINE)
_LONGEST = 4_000


def likeness(opened: Opened) -> int:
    """Sure where a page with headings speaks of tools that passed, or holds a failure as mcp-test prints it."""
    if not _AT_MARGIN.search(opened.head):
        return 0
    copied = len(_COPIED.findall(opened.head)) > 1
    lines = opened.head.replace("*", "").splitlines()
    told = any(_PASSED.search(line) or _TESTED.fullmatch(line) for line in lines)
    return 85 if copied and told else 70 if told else 60 if copied else 0


def read(opened: Opened) -> Evidence:
    """The failures that are described, and the totals; what passed has no names here."""
    page = _Page(Kept(opened, "mcp_test_markdown"))
    for number, text in opened.lines():
        page.line(number, text)
    return page.finished()


class _Page:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.run = Run(kept)
        self.heading = self.section = ""
        self.details: Details | None = None

    def line(self, number: int, text: str) -> None:
        text = _BULLET.sub("", text, count=1)
        if heading := _HEADING.fullmatch(text):
            self.leave()
            named = _NAMED.search(heading["title"])
            self.heading = named["name"] if named else ""
            tested = _TESTED.fullmatch(text)
            self.section = tested["what"].lower() if tested else ""
            if tested:
                self.run.states({f"{self.section} tested": tested["tested"]})
            return
        field = FIELD.fullmatch(text)
        if field and (field["name"] == "Tool" or self.details is None):
            self.leave()
            self.details = Details(self.heading, number)
        if self.details is not None and not self.details.feed(text):
            self.leave()
        if not field and self.details is None:
            self.total(text)

    def total(self, text: str) -> None:
        plain = text.replace("*", "")[:_LONGEST]
        if self.section and (counted := _COUNTED.fullmatch(plain)):
            self.run.states({f"{self.section} {counted['how'].lower()}": counted["many"]})
        for told in _PASSED.finditer(plain):
            what = told["what"].lower()
            self.run.states({f"{what} passed": told["passed"], f"{what} tested": told["tested"]})
        for told in _FAILED.finditer(plain):
            self.run.states({f"{told['what'].lower()} failed": told["failed"]})

    def leave(self) -> None:
        details, self.details = self.details, None
        if details is None:
            return
        details.end()
        told = _TOOL.fullmatch(details.tool)
        name = told["name"] if told else details.name
        if not name or not (details.error or details.error_type):
            return
        item = self.run.item(name, Subject.RESOURCE if "://" in name else Subject.TOOL, details.line)
        item.outcome = Outcome.FAILED
        item.tool = name if item.subject is Subject.TOOL else None
        item.arguments, item.error, item.error_type = details.input, details.error, details.error_type
        item.count = int(told["many"]) if told and told["many"] else 1
        if not details.whole:
            self.kept.note(f"the input of {quoted(name)} is not whole, and left out")

    def finished(self) -> Evidence:
        self.leave()
        for item in self.run.items:
            self.kept.add(result_of(item, self.kept))
        if self.kept.nothing():
            self.kept.refuse(
                "describes no result of mcp-test", "write each as `Tool:`, `Input:`, `Error:`, `Error Type:`"
            )
        self.run.hold_against_totals()
        return self.kept.evidence()


EVIDENCE = Format("mcp-test results written up in Markdown", likeness, read)
