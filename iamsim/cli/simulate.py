"""`iamsim simulate`: requests by the line, each with its policies."""

from __future__ import annotations

import contextlib
import sys
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import click
from click.core import ParameterSource

from iamsim import batch, redact
from iamsim.cli import _outputs
from iamsim.cli._options import question
from iamsim.cli._outputs import show
from iamsim.errors import InputError
from iamsim.garbage import seldom_collected

_ANSWERS = ("allowed", "denied")


@click.command("simulate")
@click.option(
    "--batch", "file", metavar="FILE|-", help="JSON Lines as docs/batch.md describes them, in place of one request."
)
@click.option("--explain", is_flag=True, help="Add what every statement had to say.")
@click.option(
    "--expect", type=click.Choice(_ANSWERS), help="The answer that exits with 0; another exits with 1, unknown with 4."
)
@question(required=False)
@click.pass_context
def command(here: click.Context, /, file: str | None, *, explain: bool, expect: str | None, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Answers one request, or requests by the line.

    One request is asked of the loaded policies, as `iamsim explain` does; its answer is said in short. Exits with 0, or as --expect says.

    With --batch each line is answered from the policies in it and nothing else. Answers come in the order of the lines, one JSON object a line. A line that cannot be read is
    answered in its place, and the exit code is then 2; else it is 0, whatever the answers.

    \b
    Examples:
      iamsim simulate --policies policies/ --principal arn:aws:iam::111122223333:role/tenant \\
        --action s3:GetObject --resource 'arn:aws:s3:::example-documents/*' --expect allowed
      iamsim simulate --batch requests.jsonl
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    stated = sorted(
        name
        for name in (*given, "expect")
        if here.get_parameter_source(name) not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    )
    if file is not None:
        if stated:
            raise InputError(
                f"`{_option(here, stated[0])}` does not go with --batch: each line says what it is judged by",
                hint="leave out one of them",
            )
        _batch(here, file, explain=explain)
        return
    for name in ("caller", "action"):
        if given[name] is None:
            raise InputError(
                f"missing option `{_option(here, name)}`", hint="or give --batch FILE; see `iamsim simulate --help`"
            )
    # Lines are answered at once, without what a question needs.
    from iamsim.cli._asked import answered, words  # noqa: PLC0415 - as above

    explanation = answered(given)
    show(words(explanation, statements=explain))
    if expect is not None:
        answer = "allowed" if explanation.allowed else "denied" if explanation.denied else None
        here.exit(0 if answer == expect else 4 if answer is None else 1)


def _option(here: click.Context, name: str) -> str:
    """How an option is written."""
    return next(option.opts[0] for option in here.command.params if option.name == name)


def _batch(here: click.Context, file: str, *, explain: bool) -> None:
    found = batch.Batch(explain=explain)
    ready: list[str] = []

    def say() -> None:
        _outputs.answers(ready)
        ready.clear()

    with contextlib.ExitStack() as stack:
        stream = cast("BufferedReader", sys.stdin.buffer) if file == "-" else stack.enter_context(_opened(file))
        stack.enter_context(seldom_collected())
        for answer in found.answers(batch.lines(stream, idle=say)):
            ready.append(answer)  # noqa: PERF402 - it is emptied on the way
        say()
    if found.failed:
        here.exit(2)


def _opened(file: str) -> BufferedReader:
    try:
        return Path(file).open("rb")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such file").lower()
        raise InputError(
            f"`{redact.line(file)[:200]}` cannot be read: {reason}",
            hint="give a file of JSON Lines, or - for standard input",
        ) from None


COMMAND = command
