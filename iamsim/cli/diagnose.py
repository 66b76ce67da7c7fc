"""`iamsim diagnose`: from symptoms to causes."""

from __future__ import annotations

from typing import Any

import click

from iamsim.cli import _plan, _secrets
from iamsim.cli._diagnosed import FORMATS, diagnosed, written
from iamsim.cli._options import check_options
from iamsim.cli._outputs import put, targets, warning
from iamsim.cli._speech import begin, speech_options
from iamsim.cli._values import options


@click.command("diagnose")
@click.argument("files", metavar="[FORMAT:]EVIDENCE|-…", nargs=-1, required=True)
@click.option(
    "--plan",
    metavar="FILE",
    help="Write the tool calls that would prove the needed permissions: .yaml for mcp-test, .json as MCP requests.",
)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="How to report: terminal, markdown, json or html; repeatable. [default: terminal]",
)
@check_options
@speech_options
@click.pass_context
def command(here: click.Context, /, files: tuple[str, ...], plan: str | None, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Says what tests, logs and calls show, and what they do not.

    \b
    EVIDENCE is a test report or its configuration, a log, CloudTrail events, or - for a message on
    standard input. The options are those of a check, and each may be left out: without --policies
    no account is asked, and the answer says what would decide.
    Exit codes: 0 IAM explains no failure and nothing contradicts what is loaded, 1 it does, or
    something contradicts, 2 wrong command or input, 3 nothing observed, 4 something is open,
    5 AWS or the tool failed.

    \b
    Examples:
      iamsim diagnose report.txt --tools quilt-mcp@2026-01
      iamsim diagnose report.txt server.log --policies policies/ --tools quilt-mcp@2026-01 \\
        --role-arn arn:aws:iam::111122223333:role/tenant --server-principal none
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    begin(here, quiet=given.pop("quiet"), verbose=given.pop("verbose"))
    where = targets(given["formats"] or ("terminal",), FORMATS)
    _plan.must_be_known(plan)
    made = diagnosed(options({**given, "files": files, "plan": plan}), files)
    made = _secrets.shown(made)
    for name, file in where:
        put(written(made, name, file), file, people=name == "terminal")
    if plan is not None:
        if not made.found.plan.trials:
            warning(
                "the plan is empty: which permissions are needed is known from a check (--tools, --policies, --role-arn, --server-principal)"
            )
        put(_plan.written(made.found.plan, plan), plan, people=False)
    here.exit(made.found.exit_code)


COMMAND = command
