"""Report, thresholds and what was accepted, to pass or fail."""

from __future__ import annotations

from collections.abc import Sequence

from iamsim.model.finding import Finding, Kind
from iamsim.model.report import Report, Status, ToolResult

PASSED, GAPS, WRONG_INPUT, NOTHING_TO_CHECK, UNKNOWN, FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
"""
The exit codes of `check` and `report`; precedence 2, 5, 3, 1, 4, 0.

2 and 5 come from errors that never reach a report, so that a gate fails closed on them.
"""

MEANING = {
    PASSED: "nothing stands in the way",
    GAPS: "there are gaps",
    WRONG_INPUT: "the command or an input was wrong",
    NOTHING_TO_CHECK: "nothing to check was found",
    UNKNOWN: "something is unknown, and nothing is a gap",
    FAILED: "AWS or the tool itself failed",
    INTERRUPTED: "interrupted",
}


def exit_code(report: Report) -> int:
    """
    The verdict on a report: a gap fails it, an unknown never passes; hazards count from `report.fail_on` on, notes never.

    A finding that `report.accepted` names does not count, and neither does what the steps say of it; a waiver that has
    expired fails.
    """
    if not report.tools:
        return NOTHING_TO_CHECK
    left = report.left
    open_ = {finding.kind for finding in report.findings if finding.key not in left}
    steps = _statuses(report, [finding for finding in report.findings if finding.key in left])
    if Kind.GAP in open_ or steps & _IN_THE_WAY or report.overdue or report.failing:
        return GAPS
    return UNKNOWN if Kind.UNKNOWN in open_ or Status.UNKNOWN in steps else PASSED


_IN_THE_WAY = {Status.DENIED, Status.INVALID, Status.BLOCKED, Status.NO_CREDENTIALS}


def _statuses(report: Report, accepted: Sequence[Finding]) -> set[Status]:
    """
    How the steps came out, without those that an accepted finding tells of.

    What the steps say counts beside what rules made of it: a rule that is missing must not open the gate. A gap tells
    of what is in the way and of what is unknown because of it, an unknown only of what is unknown.
    """
    gaps = [finding for finding in accepted if finding.kind is Kind.GAP]
    told = [finding for finding in accepted if finding.kind in (Kind.GAP, Kind.UNKNOWN)]

    def of_call(among: Sequence[Finding], *steps: str) -> bool:
        return any(finding.step in steps for finding in among)

    found: set[Status] = set()
    for status, steps in ((report.token.status, ("token",)), (report.assume.status, ("token", "assume"))):
        if not of_call(gaps if status in _IN_THE_WAY else told, *steps):
            found.add(status)
    for tool in report.tools:
        among = [finding for finding in (gaps if tool.status in _IN_THE_WAY else told) if tool.name in finding.tools]
        if not among or not (of_call(among, "token", "assume") or _covers(among, tool)):
            found.add(tool.status)
    return found


def _covers(accepted: Sequence[Finding], tool: ToolResult) -> bool:
    """Whether every need of the tool that is a gap was asked for by one of the findings."""
    probes = {probe for finding in accepted for probe in finding.probes}
    return all(probes & {id_ for attempt in need.attempts for id_ in attempt.probes} for need in tool.needs if need.gap)
