"""`iamsim report`: one self-contained HTML page of a saved report, or of a check made now."""

from __future__ import annotations

from typing import Any

import click

from iamsim.cli._gated import gated
from iamsim.cli._options import check_options, gate_options, shown_options
from iamsim.cli._outputs import write
from iamsim.cli._saved import saved as read
from iamsim.cli._values import options
from iamsim.errors import InputError


@click.command("report")
@click.argument("saved", metavar="[REPORT.json]", required=False)
@click.option(
    "-o", "--output", metavar="FILE|-", default="iamsim-report.html", show_default=True, help="The page to write."
)
@check_options
@gate_options
@shown_options
@click.pass_context
def command(context: click.Context, /, saved: str | None, output: str, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Writes the HTML page of a report.

    \b
    With REPORT.json (from `iamsim check --format json=REPORT.json`) it renders that; without, it
    runs the check that the options describe. It exits with the report's own code.

    \b
    Example:
      iamsim report check.json --output check.html
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options({**given, "output": output})
    masked, earlier = bool(given.pop("masked")), given.pop("compare")
    against = read(earlier)
    if saved is None:
        report = gated(chosen)
    else:
        if any(value not in (None, ()) for value in given.values()):
            raise InputError(
                "a saved report and the options of a check are given",
                hint="leave one of them out: a report is not redone",
            )
        report = read(saved)
    write(report, [("html", None if output == "-" else output)], against=against, masked=masked)
    context.exit(report.exit_code)


COMMAND = command
