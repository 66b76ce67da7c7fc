"""Report, thresholds and what was accepted, to pass or fail."""

from __future__ import annotations

from iamsim.model.finding import Kind
from iamsim.model.report import UNKNOWNS, Report, Status
from iamsim.model.standing import IN_THE_WAY, Standing

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
    The verdict on a report: a gap fails it, an unknown never passes; the rest counts as `report.fail_on` says.

    A finding that `report.accepted` names does not count, and neither does what the steps say of it; a waiver that has
    expired fails. Where an unknown fails, it does so as a gap does.
    """
    if not report.tools:
        return NOTHING_TO_CHECK
    open_ = {finding.kind for finding in report.findings if finding.key not in report.left}
    # What the steps say counts beside what rules made of it: a rule that is missing must not open the gate.
    steps = _statuses(report)
    if Kind.GAP in open_ or steps & IN_THE_WAY or report.overdue or report.failing:
        return GAPS
    if Kind.UNKNOWN in open_ or Status.UNKNOWN in steps:
        return GAPS if UNKNOWNS in report.fail_on else UNKNOWN
    return PASSED


def _statuses(report: Report) -> set[Status]:
    """How the steps and tools came out, as far as it counts."""
    standing = Standing(report)
    steps = ((report.token.status, ("token",)), (report.assume.status, ("token", "assume")))
    found = {status for status, names in steps if not standing.covers_step(status, *names)}
    return found.union(*map(standing.left, report.tools))
