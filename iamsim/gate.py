"""Report, thresholds and baseline to pass or fail."""

from __future__ import annotations

from iamsim.model.finding import Kind
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
    """The verdict on a report: a gap fails it, an unknown never passes, hazards and notes do not count."""
    if not report.tools:
        return NOTHING_TO_CHECK
    kinds = {finding.kind for finding in report.findings}
    # What the steps say counts beside what rules made of it: a rule that is missing must not open the gate.
    steps = {report.token.status, report.assume.status, *(tool.status for tool in report.tools)}
    if Kind.GAP in kinds or steps & _IN_THE_WAY:
        return GAPS
    return UNKNOWN if Kind.UNKNOWN in kinds or Status.UNKNOWN in steps else PASSED


_IN_THE_WAY = {Status.DENIED, Status.INVALID, Status.BLOCKED, Status.NO_CREDENTIALS}
