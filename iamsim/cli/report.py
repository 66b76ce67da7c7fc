"""`iamsim report`: one self-contained HTML page of a saved report, or of a check made now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamsim import gate, redact
from iamsim.cli._gated import gated
from iamsim.cli._options import check_options, gate_options
from iamsim.cli._outputs import write
from iamsim.cli._values import options
from iamsim.errors import InputError
from iamsim.model.report import Report
from iamsim.renderers.json import MAX_CHARACTERS, read


@click.command("report")
@click.argument("saved", metavar="[REPORT.json]", required=False)
@click.option(
    "-o", "--output", metavar="FILE|-", default="iamsim-report.html", show_default=True, help="The page to write."
)
@check_options
@gate_options
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
    if saved is None:
        report = gated(chosen)
    else:
        if any(value not in (None, ()) for value in given.values()):
            raise InputError(
                "a saved report and the options of a check are given",
                hint="leave one of them out: a report is not redone",
            )
        report = _saved(saved)
    write(report, [("html", None if output == "-" else output)])
    context.exit(report.exit_code)


def _saved(path: str) -> Report:
    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise InputError(
            f"`{redact.line(path)[:200]}` is no text", hint="give a report that `iamsim check --format json=FILE` wrote"
        ) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no path").lower()
        raise InputError(
            f"`{redact.line(path)[:200]}` cannot be read: {reason}",
            hint="give a report that `iamsim check --format json=FILE` wrote",
        ) from None
    report = read(text, document=path)
    # The verdict is made anew: a saved code is only as good as whoever edited the file.
    return replace(report, exit_code=gate.exit_code(report))


COMMAND = command
