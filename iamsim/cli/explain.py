"""`iamsim explain`: one request, every statement's verdict."""

from __future__ import annotations

from typing import Any

import click

from iamsim.cli._asked import answered, words
from iamsim.cli._options import question
from iamsim.cli._outputs import show


@click.command("explain")
@question(required=True)
def command(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Answers one request and shows what every statement had to say.

    Exits with 0 when the question was answered, whatever the answer.

    \b
    Example:
      iamsim explain --policies policies/ --principal arn:aws:iam::111122223333:role/tenant \\
        --action s3:GetObject --resource arn:aws:s3:::example-documents/a.csv
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    show(words(answered(given), statements=True))


COMMAND = command
