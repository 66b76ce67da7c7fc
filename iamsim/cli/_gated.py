"""One check with the gate's verdict on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from iamsim import gate
from iamsim.check import check
from iamsim.cli import _secrets
from iamsim.cli._accepted import Accepting, Found, accepting, judged
from iamsim.cli._inputs import inputs
from iamsim.cli._outputs import detail, progress, timed, warning
from iamsim.cli._provenance import command, digested
from iamsim.cli._values import Options
from iamsim.model.finding import Kind
from iamsim.model.report import OPTIONAL, UNKNOWNS, Report
from iamsim.rules import rules


def gated(chosen: Options) -> Report:
    """The report of the check that the options describe, with what is accepted of it and its exit code."""
    asked = accepting(chosen)
    with timed("reading"):
        read = inputs(chosen, progress)
    for each in read.inputs:
        detail(f"{each.kind}: {each.location}" + (f" ({each.detail})" if each.detail else ""))
    with timed(f"judging {len(read.tools)} tools"):
        report = check(read)
    report = replace(report, inputs=digested(report.inputs), command=command(chosen, report.at))
    return verdict(chosen, asked, report)


def verdict(chosen: Options, asked: Accepting, report: Report, tell: Callable[[str], None] = warning) -> Report:
    """The report with what is accepted of it and its exit code; `tell` hears what is no longer there to accept."""
    report = replace(report, fail_on=_levels(chosen))
    if asked.baselines is not None or asked.write is not None:
        # A baseline holds what a report shows, and is compared with that.
        report = _secrets.shown(report)
    # A note counts for nothing, and so needs nobody to accept it; unless it is asked to count.
    counting = [each for each in report.findings if each.kind is not Kind.NOTE or report.optional(each)]
    everything = (*counting, *report.policies)
    found = judged(asked, Found(_of(report), everything, frozenset(rules()), report.probes, at=report.at), tell)
    report = replace(report, accepted=found.accepted, overdue=found.overdue)
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
            level
            for each in given
            for level in ((each,) if ":" in each or each in _WHOLE else (f"hazard:{each}", f"lint:{each}"))
        )
    )


_WHOLE = (OPTIONAL, UNKNOWNS)
"""What fails whatever its severity."""
