"""One check with the gate's verdict on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from iamsim import gate
from iamsim.check import check
from iamsim.cli import _secrets
from iamsim.cli._accepted import Accepting, Found, accepting, judged
from iamsim.cli._inputs import inputs
from iamsim.cli._outputs import progress, warning
from iamsim.cli._values import Options
from iamsim.model.report import Report
from iamsim.rules import rules


def gated(chosen: Options) -> Report:
    """The report of the check that the options describe, with what is accepted of it and its exit code."""
    asked = accepting(chosen)
    return verdict(chosen, asked, check(inputs(chosen, progress)))


def verdict(chosen: Options, asked: Accepting, report: Report, tell: Callable[[str], None] = warning) -> Report:
    """The report with what is accepted of it and its exit code; `tell` hears what is no longer there to accept."""
    if asked.baselines is not None or asked.write is not None:
        # A baseline holds what a report shows, and is compared with that.
        report = _secrets.shown(report)
    everything = (*report.findings, *report.policies)
    found = judged(asked, Found(_of(report), everything, frozenset(rules()), report.probes, at=report.at), tell)
    report = replace(report, accepted=found.accepted, overdue=found.overdue, fail_on=_levels(chosen))
    return replace(report, exit_code=gate.exit_code(report))


def _of(report: Report) -> dict[str, str]:
    """Whose baseline counts: findings of another role, server or caller may have the same keys."""
    caller = report.assume.principal or "none"
    return {"command": "check", "role": report.role_arn or "none", "server": report.server.name, "principal": caller}


def _levels(chosen: Options) -> tuple[str, ...]:
    """What fails beside gaps, each with what it is about."""
    given = chosen("fail_on") or ()
    return tuple(
        dict.fromkeys(
            level for each in given for level in ((each,) if ":" in each else (f"hazard:{each}", f"lint:{each}"))
        )
    )
