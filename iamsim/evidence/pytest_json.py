"""
What pytest writes as JSON: the one report of pytest-json-report, or the lines of pytest-reportlog (`--report-log`).

Source: https://pypi.org/project/pytest-json-report and https://pypi.org/project/pytest-reportlog, the formats there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iamsim.evidence import Format
from iamsim.evidence._keeping import ANSWER, ERROR, Kept, NotJsonError, line, moment, parsed, quoted, seconds, shown
from iamsim.evidence._reading import Opened
from iamsim.evidence._tests import TOOL_PROPERTIES, Case, hold_against_totals
from iamsim.model.observation import Evidence, Outcome

_LOG = re.compile(r'"\$report_type"\s{0,8}:')
_REPORT = tuple(re.compile(rf'"{name}"\s{{0,8}}:') for name in ("exitcode", "root", "summary"))
_PHASES = ("setup", "call", "teardown")
_TOTALS = {
    "tests": ("total",),
    "tests passed": ("passed", "xpassed"),
    "tests failed": ("failed", "error"),
    "tests skipped": ("skipped", "xfailed"),
}
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "xpassed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "xfailed": Outcome.SKIPPED,
}
_MOST_OPEN = 2_000
_MOST_PARTS = 1_000


def likeness(opened: Opened) -> int:
    """Sure where a line names its kind of report, or where the fields stand with which a report begins."""
    return 95 if _LOG.search(opened.head) or all(field.search(opened.head) for field in _REPORT) else 0


def read(opened: Opened) -> Evidence:
    """Every test, with what its phases tell."""
    kept = Kept(opened, "pytest_json")
    if _LOG.search(opened.head):
        _Log(kept).read(opened)
    else:
        _read_report(kept, opened)
    if kept.nothing():
        kept.refuse("holds no test of pytest", "give the file of `--report-log` or `--json-report`")
    hold_against_totals(kept)
    return kept.evidence()


# ---------------------------------------------------------------- one report


def _read_report(kept: Kept, opened: Opened) -> None:
    try:
        report = parsed(opened.text())
    except NotJsonError:
        kept.refuse("is not JSON", "give the whole file that `--json-report` wrote")
    if not isinstance(report, Mapping):
        kept.refuse("holds no test of pytest", "give the file of `--report-log` or `--json-report`")
    summary = report.get("summary")
    if isinstance(summary, Mapping) and summary.get("total") is not None:
        for name, parts in _TOTALS.items():
            kept.stated[name] = sum(_count(summary.get(part)) for part in parts)
    for index, test in enumerate(_listed(report.get("tests"))):
        if isinstance(test, Mapping) and isinstance(test.get("nodeid"), str):
            kept.add(_of_report(test, index).result(kept))
        else:
            kept.malformed += 1
    for collector in _listed(report.get("collectors")):
        if isinstance(collector, Mapping) and collector.get("outcome") == "failed":
            _not_collected(kept, collector)


def _of_report(test: Mapping[str, Any], index: int) -> Case:
    phases = [phase for name in _PHASES if isinstance(phase := test.get(name), Mapping)]
    failed = next((phase for phase in phases if phase.get("outcome") in ("failed", "skipped")), {})
    crash = failed.get("crash")
    told = {"user_properties": test.get("user_properties"), "metadata": test.get("metadata")}
    return Case(
        test["nodeid"],
        _OUTCOMES.get(str(test.get("outcome")), Outcome.UNKNOWN),
        tool=_tool(told),
        message=_text(crash.get("message")) if isinstance(crash, Mapping) else "",
        details=_text(failed.get("longrepr")),
        output="\n".join(part for phase in phases for part in _printed(phase)),
        seconds=seconds(_part(test.get("call"), "duration")),
        pointer=f"/tests/{index}",
    )


def _printed(phase: Mapping[str, Any]) -> Iterator[str]:
    for record in _listed(phase.get("log")):
        if isinstance(record, Mapping):
            # The text is kept as it was given: to put its arguments in would let a file choose a format.
            given = record.get("args") or ""
            yield f"{record.get('levelname')}:{record.get('name')}:{record.get('msg')} {given}".rstrip()
    for name in ("stdout", "stderr"):
        if text := _text(phase.get(name)):
            yield text


# ---------------------------------------------------------------- lines


class _Log:
    """Puts the phases of a test together; several workers' tests may be open at once."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.open: dict[str, Case] = {}
        self.again: set[str] = set()
        self.ended = False

    def read(self, opened: Opened) -> None:
        for number, text in opened.lines():
            if not text.strip():
                continue
            try:
                report = parsed(text)
            except NotJsonError:
                report = None
            if not isinstance(report, Mapping):
                self.kept.malformed += 1
                continue
            kind = report.get("$report_type")
            self.ended = self.ended or kind == "SessionFinish"
            if kind == "TestReport":
                self.phase(report, number)
            elif kind == "CollectReport" and report.get("outcome") == "failed":
                _not_collected(self.kept, report)
        for name in list(self.open):
            self.close(name)
        if not self.ended:
            self.kept.note("the log ends before the session does")

    def phase(self, report: Mapping[str, Any], number: int) -> None:
        name, when, told = report.get("nodeid"), report.get("when"), str(report.get("outcome"))
        if not isinstance(name, str) or when not in _PHASES:
            self.kept.malformed += 1
            return
        if name not in self.open and len(self.open) >= _MOST_OPEN:
            self.close(next(iter(self.open)))
        case = self.open.setdefault(name, Case(name, Outcome.UNKNOWN, number=number))
        outcome = _OUTCOMES.get(told)
        if told == "rerun":
            # The same test follows once more, and counts.
            self.again.add(name)
            return
        if outcome in (Outcome.FAILED, Outcome.SKIPPED) and case.outcome is not Outcome.FAILED:
            case.outcome, case.number = outcome, number
            # Many tests may be open, so that each keeps what will be shown and no more.
            message, details = _why(report.get("longrepr"))
            case.message, case.details = shown(message), shown(details, 2 * ERROR)
        elif when == "call" and outcome is Outcome.PASSED:
            case.outcome, case.number = outcome, number
        if when == "call":
            case.seconds, case.at = seconds(report.get("duration")), moment(report.get("start"))
        case.tool = case.tool or _tool(report)
        # Each phase repeats what was printed in those before it.
        case.output = shown("\n".join(_sections(report.get("sections"))), ANSWER) or case.output
        if when == "teardown":
            self.close(name)

    def close(self, name: str) -> None:
        case = self.open.pop(name)
        if name in self.again:
            self.again.discard(name)
            return
        if case.outcome is Outcome.UNKNOWN:
            self.kept.note(f"the outcome of {quoted(case.name)} is not told: the log is cut there")
        self.kept.add(case.result(self.kept))


def _sections(sections: Any) -> Iterator[str]:  # noqa: ANN401 - JSON is any of six types
    for section in _listed(sections):
        if isinstance(section, list) and section and isinstance(section[-1], str):
            yield section[-1]


def _why(told: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON is any of six types
    """The error in short and all of it."""
    if isinstance(told, Mapping):
        entries = _listed(_part(told.get("reprtraceback"), "reprentries"))
        lines = (_text(text) for entry in entries for text in _listed(_part(_part(entry, "data"), "lines")))
        return _text(_part(told.get("reprcrash"), "message")), "\n".join(lines)
    if isinstance(told, list):
        return _text(told[-1]) if told else "", ""
    return "", _text(told)


# ---------------------------------------------------------------- both


def _not_collected(kept: Kept, collector: Mapping[str, Any]) -> None:
    message, details = _why(collector.get("longrepr"))
    kept.note(f"{quoted(collector.get('nodeid'))} could not be collected: {line(message or details, 1000)}")


def _tool(told: Mapping[str, Any]) -> str | None:
    """The tool that a property names; properties are pairs, objects or one object."""
    for place in ("user_properties", "metadata"):
        given = told.get(place)
        for pair in given[:_MOST_PARTS] if isinstance(given, list) else [given]:
            found = dict([pair]) if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) else pair  # noqa: PLR2004 - a pair
            for name in TOOL_PROPERTIES:
                if isinstance(tool := _part(found, name), str):
                    return tool
    return None


def _text(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    return value if isinstance(value, str) else ""


def _part(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    return value.get(name) if isinstance(value, Mapping) else None


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON is any of six types
    return value if isinstance(value, list) else []


def _count(value: Any) -> int:  # noqa: ANN401 - JSON is any of six types
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0


EVIDENCE = Format("pytest as JSON", likeness, read)
