"""`iamsim rules`: what is looked for, why, and how to add to it; one module per command."""

from __future__ import annotations

import click

from iamsim.cli import Commands


class _Commands(Commands):
    package = __name__


@click.group("rules", cls=_Commands, no_args_is_help=False)
def command() -> None:
    """
    Lists and explains the rules by which `iamsim lint` and `iamsim check` judge.

    Each has an id, a family, a severity, and a page that says what to avoid and what to prefer.
    """


COMMAND = command
