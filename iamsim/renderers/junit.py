"""JUnit XML: each step and each tool as a test case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from iamsim.model.finding import Finding, Kind
from iamsim.model.report import AssumeStep, Report, Status, ToolResult
from iamsim.model.standing import IN_THE_WAY, Standing
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._listing import Entry, Listing, of_report
from iamsim.renderers._view import View
from iamsim.renderers._words import (
    ASSUME_STATUS,
    EXITS,
    IDENTITY_STATUS,
    STATUS,
    TOKEN_STATUS,
    Label,
    line,
    listed,
    visible,
)


def render(report: Report, _options: RenderOptions) -> str:
    """
    Two suites: the steps up to the session, and the tools.

    A gap is a failure. What is unknown is an error: the test was not decided, and must not pass. A tool of which IAM
    decides nothing is skipped, and so is what does not count because somebody accepted it. What fails beside gaps is a
    case of its own.
    """
    every = of_report(report).entries
    entries = [e for e in every if e.finding.kind in (Kind.GAP, Kind.UNKNOWN)]
    beside = [e for e in every if e.fails and e not in entries]
    names = {tool.name for tool in report.tools}
    # A finding of no tool that is listed is a case of its own: none is lost.
    stray = [e for e in entries if e.finding.step not in ("token", "assume") and not names & {*e.finding.tools}]
    view, standing = View(report), Standing(report)
    tools = [
        _tool(view, standing, tool, (e for e in entries if e.finding.step == "tools" and tool.name in e.finding.tools))
        for tool in report.tools
    ] or [Case("tool", "tools", "error", EXITS[3])]
    server = f"{report.server.name} {report.server.version}"
    return _document(
        (
            f"{server}: steps",
            [
                *_steps(report, standing, entries),
                *(_of(e, _BY_KIND[e.finding.kind]) for e in stray),
                *(_of(e, "failure") for e in beside),
                *map(_overdue, report.overdue),
            ],
        ),
        (f"{server}: tools", tools),
    )


def listing(found: Listing, _options: RenderOptions) -> str:
    """One suite with a case for each finding, which fails if the command fails for it; without any, one case that passes."""
    cases = [_of(entry, "failure" if entry.finding.key in found.failing else "") for entry in found.entries]
    cases = [*cases, *map(_overdue, found.overdue)] or [Case("policies", "nothing found")]
    return _document((found.about, cases))


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: `outcome` is `failure`, `error`, `skipped` or, for one that passed, empty."""

    group: str
    name: str
    outcome: str = ""
    summary: str = ""
    text: str = ""


def _steps(report: Report, standing: Standing, entries: list[Entry]) -> Iterator[Case]:
    token = [e for e in entries if e.finding.step == "token"]
    own: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.finding.step == "assume":
            own.setdefault(id(_of_step(report, entry)), []).append(entry)
    steps = (
        ("token", report.token.status, None, TOKEN_STATUS, token),
        *((("own role", report.identity.status, report.identity, IDENTITY_STATUS, ()),) if report.identity else ()),
        ("assume", report.assume.status, report.assume, ASSUME_STATUS, ()),
        *((f"hop {number}", hop.status, hop, ASSUME_STATUS, ()) for number, hop in enumerate(report.hops, 1)),
    )
    for name, status, step, words, told in steps:
        covered = standing.covers_step(status, "token", *(("assume",) if step else ()))
        case = Case("step", " ".join(filter(None, (name, step.role_arn if step else None))))
        left = frozenset() if covered else frozenset({status})
        yield _judged(case, status, words[status], left, own.get(id(step), told))


def _of_step(report: Report, entry: Entry) -> AssumeStep:
    """The step whose requests a finding speaks of; of none, the server's own call."""
    asked = {*entry.finding.probes}
    return next((step for step in report.steps if asked & {*step.probes}), report.assume)


def _judged(case: Case, status: Status, label: Label, left: frozenset[Status], entries: Iterable[Entry]) -> Case:
    """
    The case with its outcome; a gap or an unknown of its counts beside the status, as for the gate.

    `left` is what counts once what was accepted is taken away: a status that would fail and is not in it is skipped.
    """
    entries = tuple(entries)
    outcome = "skipped" if _OUTCOME[status] in ("failure", "error") else _OUTCOME[status]
    kinds = {entry.finding.kind for entry in entries if entry.accepted is None}
    if Kind.GAP in kinds or left & IN_THE_WAY:
        outcome = "failure"
    elif Kind.UNKNOWN in kinds or Status.UNKNOWN in left:
        outcome = "error"
    why: Iterable[str] = dict.fromkeys(entry.why_accepted for entry in entries if entry.accepted is not None)
    if outcome == "skipped" and status not in left and not why:
        why = ("what stands in the way is accepted",)
    summary = "; ".join((label.word, *(entry.finding.message for entry in entries[:1]), *why))
    text = "\n\n".join(filter(None, (case.text, *map(_text, entries))))
    return replace(case, outcome=outcome, summary=summary, text=text)


def _tool(view: View, standing: Standing, tool: ToolResult, entries: Iterable[Entry]) -> Case:
    needs = [
        f"{need.requirement.action} {STATUS[need.status].word}" for need in tool.own_needs if need.status in _NOT_SURE
    ]
    open_ = [each.why for each in tool.unresolved]
    more = "\n".join((f"needs: {view.needs(tool)}", *needs, *open_))
    case = Case("tool", tool.name, text=more)
    return _judged(case, tool.status, STATUS[tool.status], standing.left(tool), entries)


def _of(entry: Entry, outcome: str) -> Case:
    """A finding as a case; one that is accepted does not fail, and is no success either."""
    finding = entry.finding
    name = f"{_place(finding)}{finding.subject}"
    if entry.accepted is not None:
        return Case(finding.rule, name, "skipped", f"{finding.message}; {entry.why_accepted}")
    return Case(finding.rule, name, outcome, finding.message, _text(entry))


def _overdue(text: str) -> Case:
    return Case("waiver", text, "failure", text, text)


def _place(finding: Finding) -> str:
    return f"{finding.origins[0]} " if finding.origins else ""


def _text(entry: Entry) -> str:
    finding = entry.finding
    where = listed((str(origin) for origin in finding.origins), limit=5)
    said = (f"AWS would say: {entry.predicted}",) if entry.predicted else ()
    head = f"[{finding.severity}] {finding.rule}" + (f" at {where}" if where else "")
    return "\n".join((head, *entry.sentences, *said))


_NOT_SURE = {Status.DENIED, Status.UNKNOWN, Status.BLOCKED, Status.NO_CREDENTIALS, Status.INVALID}
_BY_KIND = {Kind.GAP: "failure", Kind.UNKNOWN: "error"}
_OUTCOME = {
    Status.ALLOWED: "",
    Status.DENIED: "failure",
    Status.INVALID: "failure",
    Status.BLOCKED: "failure",
    Status.NO_CREDENTIALS: "failure",
    Status.UNKNOWN: "error",
    Status.NOT_IAM: "skipped",
    Status.NOT_NEEDED: "skipped",
    Status.NOT_APPLICABLE: "skipped",
}


# ---------------------------------------------------------------- XML


def _document(*suites: tuple[str, list[Case]]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    every = [case for _, cases in suites for case in cases]
    lines.append(f"<testsuites {_attributes(name='iamsim', **_counts(every))}>")
    for name, cases in suites:
        lines.append(f"  <testsuite {_attributes(name=name, **_counts(cases), skipped=_count(cases, 'skipped'))}>")
        lines += [each for case in cases for each in _written(case)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _written(case: Case) -> Iterator[str]:
    head = f"    <testcase {_attributes(classname=f'iamsim.{case.group}', name=case.name)}"
    if case.outcome == "skipped":
        yield from (f"{head}>", f"      <skipped {_attributes(message=case.summary)}/>", "    </testcase>")
    elif case.outcome:
        kind = _attributes(message=case.summary, type=case.outcome)
        text = escape(visible(case.text, keep="\n"))
        yield from (f"{head}>", f"      <{case.outcome} {kind}>{text}</{case.outcome}>", "    </testcase>")
    elif case.text:
        text = escape(visible(case.text, keep="\n"))
        yield from (f"{head}>", f"      <system-out>{text}</system-out>", "    </testcase>")
    else:
        yield f"{head}/>"


def _counts(cases: list[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
    }


def _count(cases: list[Case], outcome: str) -> str:
    return str(sum(case.outcome == outcome for case in cases))


def _attributes(**values: str) -> str:
    return " ".join(f"{name}={quoteattr(line(value))}" for name, value in values.items())


RENDERER = Renderer("junit", ".xml", render, listing)
