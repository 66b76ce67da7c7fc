"""`iamsim check`: can the server assume the role, and does every tool get what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from iamsim import redact
from iamsim.cli._gated import gated
from iamsim.cli._options import WRITE_BASELINE, check_options, gate_options, shown_options
from iamsim.cli._outputs import targets, warning, write
from iamsim.cli._saved import saved
from iamsim.cli._speech import begin, speech_options
from iamsim.cli._values import options


@click.command("check")
@check_options
@gate_options
@WRITE_BASELINE
@click.option(
    "--format",
    "formats",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="How to report: terminal, json, html, sarif, markdown, junit, github, gitlab or csv; repeatable. [default: terminal]",
)
@shown_options
@speech_options
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Checks one server with one role.

    \b
    Options left out come from iamsim.toml or [tool.iamsim] in pyproject.toml, found upwards.
    Exit codes: 0 nothing stands in the way, 1 gaps, 2 wrong command or input, 3 nothing to
    check, 4 unknown and no gap, 5 AWS or the tool failed, 130 interrupted.

    \b
    Example:
      iamsim check --role-arn arn:aws:iam::111122223333:role/tenant --policies policies/ \\
        --tools quilt-mcp@2026-01 --server-principal arn:aws:iam::111122223333:role/task
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    begin(context, quiet=given.pop("quiet"), verbose=given.pop("verbose"))
    chosen = options(given)
    where = targets(chosen("formats") or ("terminal",))
    against = saved(chosen("compare"))
    report = gated(chosen)
    write(report, where, against=against, masked=bool(given["masked"]))
    _tell_misplaced((given["write_baseline"], *(file for _, file in where)), chosen("policies") or ())
    context.exit(report.exit_code)


def _tell_misplaced(files: Iterable[str | None], policies: tuple[str, ...]) -> None:
    """Warns of what was written into a folder of policies: each JSON file in one is read as a policy next time."""
    for file in files:
        if file is not None and file.endswith(".json"):
            from iamsim.cli._written import source_of  # noqa: PLC0415 - few runs write JSON

            if source_of(file, policies) == "json_folder":
                shown = redact.line(file)[:200]
                warning(
                    f"{shown} lies in a folder of --policies, whose JSON files the next run reads: move it beside it"
                )


COMMAND = command
