"""What mcp-test prints while it calls a server's tools and reads its resources, and its summary, in both versions."""

from __future__ import annotations

import re
from collections.abc import Callable

from iamsim.evidence import Format
from iamsim.evidence._details import Details
from iamsim.evidence._keeping import MOST_RESULTS, Kept, moment
from iamsim.evidence._prefixes import plain_lines
from iamsim.evidence._reading import Opened
from iamsim.evidence._running import ERROR_FIELD, PLURAL, SCHEMA, Run
from iamsim.model.observation import Evidence, Outcome, Subject

_NAME = r"(?P<name>\S{1,300})"
_SIGN = r"\s{0,8}(?:[^\s:]{1,8}\s{1,4})?"
_ANCHOR = re.compile(
    r"--- Testing (?:tool|resource): |📊 TEST SUITE SUMMARY|📊 (?:Resource )?Test Results: "
    r"|[✅❌] \S{1,300}: (?:PASSED|FAILED - |VALIDATION FAILED)|\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \u2139|• \S{1,300}$"
)
_LOG = re.compile(r"\[(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] (?P<said>.*)")
_CALLS = re.compile(r"(?:Calling tool|Reading resource): (?P<name>\S{1,300})")
_DONE = re.compile(r"(?:Tool \S{1,300} executed|Resource \S{1,300} read) successfully")
_CHECKED = re.compile(r"(?:Response schema|Schema) validation passed")
_SMART = re.compile(r"Smart validation passed")
_COUNTS = re.compile(
    r"\s{0,8}\S{1,8} (?P<passed>\d{1,9}) passed(?:, \S{1,8} (?P<failed>\d{1,9}) failed)?"
    r"(?:, \S{1,8} {1,2}(?P<skipped>\d{1,9}) skipped)?\s*"
)
# Another program's line, which is no part of a message that goes on.
_STRANGER = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)[:\s]|\[|Traceback \(|\s{0,8}(?:⚠|Cleanup: )"
)
_RESOURCES = (
    r".{0,8}Resource Test Results: (?P<passed>\d{1,9}) passed, (?P<failed>\d{1,9}) failed, "
    r"(?P<skipped>\d{1,9}) skipped \(out of (?P<tested>\d{1,9}) total\)\s*"
)
_SECTIONS = {"TOOLS": Subject.TOOL, "TOOL LOOPS": Subject.LOOP, "RESOURCES": Subject.RESOURCE}
_LISTS = {
    "Failed Tools": "failed",
    "Failed Loops": "failed",
    "Failed Resources": "failed",
    "Skipped Resources": "skipped",
}
_SUBJECTS = {"Tools": Subject.TOOL, "Loops": Subject.LOOP, "Resources": Subject.RESOURCE}
_ERROR_RESPONSE = "Tool returned error response"
_MOST_LINES = 100


def likeness(opened: Opened) -> int:
    """Sure where mcp-test's own marks stand at the beginning of the file."""
    found = {match[0].split(" ")[0] for match in _ANCHOR.finditer(opened.head)}
    return 95 if "---" in found else 90 if "📊" in found else 40 if len(found) > 1 else 0


def read(opened: Opened) -> Evidence:
    """The results that were printed, with what the summary adds; what is cut off or mixed up is noted."""
    report = _Report(Kept(opened, "mcp_test_report"))
    for number, text in plain_lines(opened.lines(), opened.head, _ANCHOR):
        report.line(number, text)
    return report.finished()


class _Report:
    """Reads line after line; what an item is stands in the `Run`."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.run = Run(kept)
        self.section: Subject | None = None
        self.listed = ""
        self.details: Details | None = None
        self.message: list[str] | None = None
        self.looks_inside = False
        self.summarised = False
        self.announced: dict[Subject, int] = {}

    def line(self, number: int, text: str) -> None:
        if self.message is not None and (not text.strip() or _STRANGER.match(text)):
            self.message = None
        for pattern, take in _RULES:
            if found := pattern.fullmatch(text):
                self.leave()
                take(self, found, number)
                return
        if self.details is not None and not self.details.feed(text):
            self.leave()
        elif self.message is not None and text.strip() and len(self.message) < _MOST_LINES:
            self.goes_on(self.message, text)

    @staticmethod
    def goes_on(message: list[str], text: str) -> None:
        """A message has another line; the later version prints what the tool says behind `Error: `."""
        said = text.strip().removeprefix("Error: ") if text.lstrip().startswith("Error: ") else text.rstrip()
        if message[-1:] == [_ERROR_RESPONSE]:
            message[-1] += f": {said}"
        else:
            message.append(said)

    def leave(self) -> None:
        """What follows belongs to something else."""
        self.message = None
        if self.details is not None:
            self.details.end()
            self.details = None

    # ---------------------------------------------------------------- while it runs

    def starts(self, found: re.Match[str], number: int) -> None:
        self.section = None
        subject = Subject.TOOL if found["kind"] == "tool" else Subject.RESOURCE
        self.run.start(found["name"], subject, number)

    def logged(self, found: re.Match[str], _: int) -> None:
        at, said = moment(found["at"]), found["said"]
        if at is not None:
            self.run.tick(at)
        if calls := _CALLS.search(said):
            self.run.calls(calls["name"], at)
        elif _DONE.search(said):
            self.run.answered(at)
        elif _CHECKED.search(said):
            self.run.checked(SCHEMA)
        elif _SMART.search(said):
            self.run.checked("min-results")

    def comes_out(self, found: re.Match[str], number: int) -> None:
        how, why = found["how"], found["why"] or ""
        if how == "PASSED":
            self.run.ends(found["name"], Outcome.PASSED, number)
            return
        item = self.run.ends(found["name"], Outcome.FAILED, number)
        if why.startswith(_ERROR_RESPONSE):
            self.looks_inside = True
            item.checked.append(ERROR_FIELD)
        item.message.append(why)
        self.message = item.message

    def fails_quietly(self, found: re.Match[str], number: int) -> None:
        """A resource says why it failed, on a line without its name."""
        if (item := self.run.latest(Subject.RESOURCE)) is not None:
            self.run.ends(item.name, Outcome.FAILED, number).message.append(found["why"])

    def is_skipped(self, found: re.Match[str], number: int) -> None:
        if (item := self.run.latest(Subject.RESOURCE)) is not None:
            self.run.ends(item.name, Outcome.SKIPPED, number).message.append(found["why"])

    def announces(self, found: re.Match[str], _: int) -> None:
        subject = Subject.TOOL if found["kind"] == "tools" else Subject.RESOURCE
        self.announced[subject] = int(found["many"])

    # ---------------------------------------------------------------- loops

    def loop_starts(self, found: re.Match[str], number: int) -> None:
        self.looks_inside = True
        self.run.start(found["name"], Subject.LOOP, number)

    def step_starts(self, found: re.Match[str], number: int) -> None:
        self.looks_inside = True
        self.run.start_step(int(found["step"]), found["name"], number)

    def step_ends(self, found: re.Match[str], _: int) -> None:
        passed = found["how"] != "FAILED"
        item = self.run.end_step(Outcome.PASSED if passed else Outcome.FAILED)
        if item is not None:
            item.checked.append(ERROR_FIELD)
            if found["how"].startswith("Expected"):
                item.expected_error = found["why"] or ""
            elif not passed:
                told = found["why"] or ""
                item.message.append("" if told == "Tool returned error" else told)
                self.message = item.message

    def step_is_skipped(self, found: re.Match[str], number: int) -> None:
        self.run.skip_step(int(found["step"]), found["name"], number)

    def loop_ends(self, found: re.Match[str], number: int) -> None:
        passed = found["how"] == "PASSED"
        item = self.run.ends(found["name"], Outcome.PASSED if passed else Outcome.FAILED, number, Subject.LOOP)
        if not passed:
            item.message.append(f"failed at {found['where']}")
            self.message = item.message

    # ---------------------------------------------------------------- totals and the summary

    def tools_told(self, found: re.Match[str], _: int) -> None:
        self.run.states({"tools passed": found["passed"], "tools tested": found["tested"]})

    def resources_told(self, found: re.Match[str], _: int) -> None:
        told = {f"resources {word}": found[word] for word in ("passed", "failed", "skipped")}
        self.run.states({**told, "resources tested": found["tested"]})

    def summary_starts(self, _: re.Match[str], __: int) -> None:
        self.summarised, self.section, self.listed = True, None, ""

    def section_starts(self, found: re.Match[str], _: int) -> None:
        self.summarised, self.section, self.listed = True, _SECTIONS[found["what"]], ""
        word = PLURAL[self.section]
        for told in re.finditer(r"(\d{1,9})(?:/(\d{1,9}))? (tested|in loops|skipped)", found["told"] or ""):
            self.run.states({f"{word} {told[3]}": told[1], **({word: told[2]} if told[2] else {})})
            self.looks_inside = self.looks_inside or told[3] == "in loops"

    def counted(self, found: re.Match[str], _: int) -> None:
        if self.section is not None:
            word = PLURAL[self.section]
            # Counts of zero are left out, so that a line without `failed` says that none did.
            told = {f"{word} {kind}": found[kind] or "0" for kind in ("passed", "failed")}
            self.run.states({**told, **({f"{word} skipped": found["skipped"]} if found["skipped"] else {})})

    def broken_down(self, found: re.Match[str], _: int) -> None:
        self.run.states({"static resources": found["static"], "resource templates": found["templates"]})

    def list_starts(self, found: re.Match[str], _: int) -> None:
        self.listed = _LISTS.get(found["what"], "others")
        self.section = self.section or _SUBJECTS.get(found["what"].split()[-1])

    def bullet(self, found: re.Match[str], number: int) -> None:
        """A failure of the summary, if that is what is listed; without a heading above, what follows tells."""
        if self.listed != "others" and len(self.run.details) < MOST_RESULTS:
            self.details = Details(found["name"], number)
            subject = Subject.LOOP if found["loop"] else self.section
            self.run.details.append((subject, self.listed, self.details))

    def status(self, found: re.Match[str], _: int) -> None:
        self.section, self.listed = None, "others"
        self.run.status = found["status"]

    def nothing(self, _: re.Match[str], __: int) -> None:
        """A rule between two parts."""

    # ---------------------------------------------------------------- the end

    def finished(self) -> Evidence:
        self.leave()
        self.run.finish(ERROR_FIELD if self.looks_inside else "")
        if self.kept.nothing():
            self.kept.refuse("holds no report of mcp-test", "give what mcp-test printed")
        for subject, many in self.announced.items():
            found = sum(item.subject is subject and item.outcome is not Outcome.UNKNOWN for item in self.run.items)
            if found < many and not self.run.mixed:
                self.kept.note(f"{many} {subject}s were to be tested, and the outcome of {found} stands in the report")
        if not self.summarised:
            self.kept.note("the report ends before its summary, so that errors may be told in part")
        if not self.looks_inside and any(item.outcome is Outcome.PASSED for item in self.run.items):
            self.kept.note(
                "nothing shows that this mcp-test looked for an error inside the answers: a pass is taken to say that an answer came"
            )
        return self.kept.evidence()


_Taker = Callable[[_Report, re.Match[str], int], None]
_RULES: tuple[tuple[re.Pattern[str], _Taker], ...] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (_LOG.pattern, _Report.logged),
        (rf"--- Testing (?P<kind>tool|resource): {_NAME} ---\s*", _Report.starts),
        (rf"{_SIGN}{_NAME}: (?P<how>PASSED|VALIDATION FAILED|FAILED(?= - ))(?: - (?P<why>.*))?\s*", _Report.comes_out),
        (r"\s{1,4}❌ (?!FAILED:|Failed )(?P<why>.+)", _Report.fails_quietly),
        (r"\s{0,4}⏭️? {1,2}Skipped \((?P<why>.*)\)\s*", _Report.is_skipped),
        (r".{0,8}Running (?P<kind>tools|resources) test \((?P<many>\d{1,9}) .*", _Report.announces),
        (rf".{{0,8}}Executing Tool Loop: {_NAME}\s*", _Report.loop_starts),
        (rf"--- Step (?P<step>\d{{1,6}})/\d{{1,6}}: {_NAME} ---\s*", _Report.step_starts),
        (r"\s{1,8}\S{1,8} (?P<how>SUCCESS|FAILED|Expected error occurred)(?:: (?P<why>.*))?\s*", _Report.step_ends),
        (rf".{{0,8}}Step (?P<step>\d{{1,6}}): {_NAME} \(SKIPPED.*", _Report.step_is_skipped),
        (
            rf"{_SIGN}Loop '(?P<name>[^']{{1,300}})' (?P<how>PASSED|FAILED)(?: at (?P<where>.{{1,300}}))?(?: \(.*)?",
            _Report.loop_ends,
        ),
        (r".{0,8}Test Results: (?P<passed>\d{1,9})/(?P<tested>\d{1,9}) tools passed\s*", _Report.tools_told),
        (_RESOURCES, _Report.resources_told),
        (r".{0,8}TEST SUITE SUMMARY\s*", _Report.summary_starts),
        (r"[^\w\s]{1,4}\s{1,4}(?P<what>TOOL LOOPS|TOOLS|RESOURCES)(?: \((?P<told>.*)\))?\s*", _Report.section_starts),
        (_COUNTS.pattern, _Report.counted),
        (
            r"\s{0,8}Type Breakdown: (?P<static>\d{1,9}) static URIs, (?P<templates>\d{1,9}) templates\s*",
            _Report.broken_down,
        ),
        (
            r"\s{1,8}(?:(?!Failed|Skipped)\S{1,8}\s{1,4})?(?P<what>[A-Z][A-Za-z -]{3,60}) \(\d.*\):\s*",
            _Report.list_starts,
        ),
        (r"\s{2,12}• (?P<loop>Loop: )?(?P<name>\S{1,300})\s*", _Report.bullet),
        (r"\s{0,8}Overall Status: (?P<status>.*)", _Report.status),
        (r"={20,}\s*", _Report.nothing),
    )
)

EVIDENCE = Format("mcp-test report", likeness, read)
