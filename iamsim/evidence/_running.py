"""The items of one mcp-test run: which began, how each came out, and what the summary adds to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamsim.evidence._details import Details
from iamsim.evidence._keeping import MOST_RESULTS, Kept, line, quoted, says_timeout, shown
from iamsim.model.observation import Outcome, Result, Subject

ANSWERED, SCHEMA, ERROR_FIELD = "answer-exists", "schema", "error-field"
PLURAL = {Subject.TOOL: "tools", Subject.RESOURCE: "resources", Subject.LOOP: "loops"}
_SMART = (
    (re.compile(r"Expected at least \d+ results"), "min-results"),
    (re.compile(r"Results missing required fields"), "result-shape"),
    (re.compile(r"Smart validation failed"), "content"),
)
_MOST_OPEN = 1_000


@dataclass(slots=True)
class Item:
    """One test that began, or of which only the outcome stands there."""

    name: str
    subject: Subject
    line: int
    outcome: Outcome = Outcome.UNKNOWN
    tool: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: float | None = None
    checked: list[str] = field(default_factory=list)
    message: list[str] = field(default_factory=list)
    error: str = ""
    error_type: str = ""
    expected_error: str = ""
    arguments: Mapping[str, Any] | None = None
    described: bool = False
    count: int = 1


class Run:
    """What was printed so far. Two runs that are printed into each other are one run that is `mixed`."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.items: list[Item] = []
        self.details: list[tuple[Subject | None, str, Details]] = []
        self.mixed = False
        self.status = ""
        self._open: dict[tuple[Subject, str], Item] = {}
        self._steps: Item | None = None
        self._loop = ""
        self._unclocked: Item | None = None
        self._left_out = 0

    # ---------------------------------------------------------------- items

    def start(self, name: str, subject: Subject, number: int) -> None:
        """A test begins."""
        if subject is Subject.LOOP:
            self._loop = name
        if (subject, name) in self._open:
            del self._open[subject, name]
        if len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[subject, name] = self.item(name, subject, number)

    def latest(self, subject: Subject) -> Item | None:
        """The test that began last and has no outcome yet."""
        found = next(reversed(self._open.values()), None)
        return found if found is not None and found.subject is subject else None

    def calls(self, name: str, at: datetime | None) -> None:
        """A tool is called, or a resource read, for one of the tests that are open."""
        if self._steps is not None:
            self._steps.since = at
            return
        waiting = [item for item in reversed(self._open.values()) if item.since is None]
        item = next((item for item in waiting if item.name.split(".")[0] == name or item.name == name), None)
        item = item or (waiting[0] if waiting else None)
        if item is not None:
            item.since = at
            if item.subject is Subject.TOOL:
                item.tool = name

    def answered(self, at: datetime | None) -> None:
        """The test that began last got its answer."""
        item = self._steps or next(reversed(self._open.values()), None)
        if item is not None:
            item.until = at
            item.checked.append(ANSWERED)

    def checked(self, what: str) -> None:
        """The test that began last looked at something, and found it right."""
        if (item := next(reversed(self._open.values()), None)) is not None:
            item.checked.append(what)

    def ends(self, name: str, outcome: Outcome, number: int, subject: Subject | None = None) -> Item:
        """A test came out."""
        subject = subject or (Subject.RESOURCE if "://" in name else Subject.TOOL)
        last = next(reversed(self._open), None)
        item = self._open.pop((subject, name), None)
        if item is None:
            item = self.item(name, subject, number)
        elif last != (subject, name) and subject is not Subject.LOOP:
            self.mixed = True
        self._come_out(item, outcome)
        if subject is Subject.LOOP:
            self._steps, self._loop = None, ""
        return item

    def tick(self, at: datetime) -> None:
        """A moment is printed: a test that came out without one ended no later."""
        if (item := self._unclocked) is not None:
            self._unclocked = None
            if not self.mixed:
                item.seconds = _between(item.since, at)

    def start_step(self, step: int, tool: str, number: int) -> None:
        """A step of the loop begins."""
        self._steps = self.item(f"{self._loop or 'loop'}.{step}", Subject.LOOP, number)
        self._steps.tool = tool

    def end_step(self, outcome: Outcome) -> Item | None:
        """The step came out; None where no step is open."""
        item, self._steps = self._steps, None
        if item is not None:
            self._come_out(item, outcome)
        return item

    def skip_step(self, step: int, tool: str, number: int) -> None:
        """A step is left out."""
        self.start_step(step, tool, number)
        self.end_step(Outcome.SKIPPED)

    def item(self, name: str, subject: Subject, number: int) -> Item:
        """A test, kept as far as there is room."""
        item = Item(name, subject, number)
        if len(self.items) < MOST_RESULTS:
            self.items.append(item)
        else:
            self._left_out += 1
        return item

    def _come_out(self, item: Item, outcome: Outcome) -> None:
        item.outcome = outcome
        item.seconds = _between(item.since, item.until)
        self._unclocked = item if item.since and not item.until else None

    # ---------------------------------------------------------------- totals

    def states(self, told: Mapping[str, str]) -> None:
        """Totals as printed; two that differ are noted, and the last is kept."""
        for name, many in told.items():
            before = self.kept.stated.get(name)
            if before is not None and before != int(many):
                self.kept.note(
                    f"two totals are printed of {name}: {before} and {many}; more than one run is in the file"
                )
            self.kept.stated[name] = int(many)

    def hold_against_totals(self) -> None:
        """Notes where the totals say other numbers than the items."""
        if self._left_out:
            self.kept.note(f"holds {self._left_out:,} tests more than the {MOST_RESULTS:,} that are kept")
        for subject, word in PLURAL.items():
            items = [
                item for item in self.items if item.subject is subject and not (item.tool and subject is Subject.LOOP)
            ]
            for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED):
                stated = self.kept.stated.get(f"{word} {outcome}")
                found = sum(item.count for item in items if item.outcome is outcome)
                if stated is None or stated == found or (subject is Subject.TOOL and outcome is Outcome.SKIPPED):
                    continue
                if outcome is Outcome.PASSED and not any(item.line for item in items if item.outcome is outcome):
                    self.kept.note(f"{stated} {word} passed by the totals, and none is named")
                else:
                    self.kept.note(f"the totals say {stated} {word} {outcome}, the lines show {found}")

    # ---------------------------------------------------------------- the end

    def finish(self, also: str) -> None:
        """Puts the summary's details to the items, and keeps them as results; passes of tools also looked at `also`."""
        by_name: dict[tuple[Subject, str], list[Item]] = {}
        for item in self.items:
            by_name.setdefault((item.subject, item.name), []).append(item)
        for section, listed, details in self.details:
            self._describe(section, listed, details, by_name)
        for item in self.items:
            if item.outcome is Outcome.UNKNOWN:
                self.kept.note(f"the outcome of {quoted(item.name)} is not told: the report is cut there, or after it")
            self.kept.add(result_of(item, self.kept, also))
        twice = sum(len(items) > 1 for items in by_name.values())
        if twice:
            names = "1 name was" if twice == 1 else f"{twice} names were"
            self.kept.note(f"{names} tested more than once: more than one run is in the file")
        if self.mixed:
            self.kept.note("tests overlap, as if two outputs were mixed: an error or a time may belong to another test")
        self.hold_against_totals()

    def _describe(
        self, section: Subject | None, listed: str, details: Details, by_name: dict[tuple[Subject, str], list[Item]]
    ) -> None:
        if not details.told and not listed:
            return
        subject = section or (Subject.RESOURCE if "://" in details.name else Subject.TOOL)
        # A failure tells an error; where the heading is cut off, a reason alone is that of something skipped.
        reasoned = not listed and subject is Subject.RESOURCE and bool(details.reason) and not details.error
        outcome = Outcome.SKIPPED if listed == "skipped" or reasoned else Outcome.FAILED
        known = by_name.setdefault((subject, details.name), [])
        if subject is Subject.LOOP and details.step is not None:
            self._describe_step(details, by_name)
            if any(item.described for item in known):
                # One version lists a loop once for each step that failed.
                return
        item = next((item for item in known if item.outcome is outcome and not item.described), None)
        if item is None:
            item = next((item for item in known if item.outcome is Outcome.UNKNOWN and not item.described), None)
        if item is None:
            if known:
                self.kept.note(
                    f"the summary says that {quoted(details.name)} {outcome}, its line says {known[-1].outcome}"
                )
            item = self.item(details.name, subject, details.line)
            known.append(item)
        item.outcome, item.described = outcome, True
        item.tool = item.tool or (details.tool or None if subject is Subject.TOOL else None)
        # Arguments are printed only where there are some.
        item.arguments = {} if details.complete and details.input is None else details.input
        item.error = "\n".join(filter(None, (details.reason, details.error)))
        item.error_type = details.error_type
        if not details.whole:
            self.kept.note(f"the input of {quoted(details.name)} is cut, and left out")
        if not details.told:
            self.kept.note(f"the details of {quoted(details.name)} are cut off")

    def _describe_step(self, details: Details, by_name: dict[tuple[Subject, str], list[Item]]) -> None:
        number, tool = details.step or (0, "")
        known = by_name.setdefault((Subject.LOOP, f"{details.name}.{number}"), [])
        item = next((item for item in known if item.outcome in (Outcome.FAILED, Outcome.UNKNOWN)), None)
        if item is None:
            item = self.item(f"{details.name}.{number}", Subject.LOOP, details.line)
            item.tool = tool
            item.checked.append(ERROR_FIELD)
            known.append(item)
        item.outcome = Outcome.FAILED
        if not any(item.message):
            item.error = details.error


def looked_at(item: Item, also: str) -> tuple[str, ...]:
    """What an outcome rests on."""
    if item.subject is Subject.LOOP and item.tool is None:
        return (ERROR_FIELD,)
    found = dict.fromkeys(item.checked)
    if item.outcome is Outcome.PASSED:
        found = {ANSWERED: None, **found}
        if item.subject is Subject.TOOL and also:
            found[also] = None
    if item.outcome is Outcome.FAILED:
        told = "\n".join(item.message) + item.error
        smart = next((name for pattern, name in _SMART if pattern.search(told)), None)
        if smart:
            found[smart] = None
        elif item.error_type == "ErrorResponse":
            found[ERROR_FIELD] = None
        elif not found:
            found[ANSWERED] = None
    return tuple(found)


def result_of(item: Item, kept: Kept, also: str = "") -> Result:
    """An item as a result, redacted; `also` as in `looked_at`."""
    error = shown(item.error or "\n".join(filter(None, item.message)))
    return Result(
        line(item.name),
        item.outcome,
        item.subject,
        tool=line(item.tool) if item.tool else None,
        arguments=item.arguments,
        error=error,
        error_type=line(item.error_type),
        timed_out=item.outcome is Outcome.FAILED and says_timeout(error),
        looked_at=looked_at(item, also),
        told_error=shown(item.expected_error),
        seconds=item.seconds,
        at=item.since,
        origin=kept.at(item.line),
        count=item.count,
    )


def _between(since: datetime | None, until: datetime | None) -> float | None:
    took = (until - since).total_seconds() if since and until else None
    return took if took is not None and took >= 0 else None
