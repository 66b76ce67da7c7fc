"""`iamsim simulate`: requests by the line, each with its policies."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import BinaryIO

import click

from iamsim import batch, redact
from iamsim.cli import _outputs
from iamsim.errors import InputError


@click.command("simulate")
@click.option("--batch", "file", metavar="FILE|-", required=True, help="JSON Lines as docs/batch.md describes them.")
@click.option("--explain", is_flag=True, help="Add what every statement had to say.")
@click.pass_context
def command(context: click.Context, file: str, *, explain: bool) -> None:
    """
    Answers requests by the line, each from the policies in its line and nothing else.

    Answers come in the order of the lines, one JSON object a line. A line that cannot be read is
    answered in its place, and the exit code is then 2; else it is 0, whatever the answers.
    """
    found = batch.Batch(explain=explain)
    with contextlib.ExitStack() as stack:
        stream = sys.stdin.buffer if file == "-" else stack.enter_context(_opened(file))
        for answer in found.answers(batch.lines(stream)):
            _outputs.answer(answer)
    if found.failed:
        context.exit(2)


def _opened(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such file").lower()
        raise InputError(
            f"`{redact.line(file)[:200]}` cannot be read: {reason}",
            hint="give a file of JSON Lines, or - for standard input",
        ) from None


COMMAND = command
