"""Report, thresholds and what was accepted, to pass or fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from iamsim.model.finding import Finding, Kind
from iamsim.model.report import Report, Status

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
    steps: list[tuple[Status, Callable[[Finding], bool]]] = [
        (report.token.status, lambda finding: finding.step == "token"),
        (report.assume.status, lambda finding: finding.step in ("token", "assume")),
        *((tool.status, partial(_touches, tool.name)) for tool in report.tools),
    ]
    return {status for status, of in steps if not any(map(of, gaps if status in _IN_THE_WAY else told))}


def _touches(tool: str, finding: Finding) -> bool:
    return tool in finding.tools
