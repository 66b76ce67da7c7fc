"""`iamsim policy`: policies made from what is known of a server; one module per command."""

from __future__ import annotations

import click

from iamsim.cli import Commands


class _Commands(Commands):
    package = __name__


@click.group("policy", cls=_Commands, no_args_is_help=False)
def command() -> None:
    """
    Makes policies from a manifest: exactly what the tools of a server need, and nothing else.

    What a role has besides is a note of `iamsim check`.
    """


COMMAND = command
