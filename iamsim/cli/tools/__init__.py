"""`iamsim tools`: what MCP servers' tools need, and where that is known from; one module per command."""

from __future__ import annotations

import click

from iamsim.cli import Commands


class _Commands(Commands):
    package = __name__


@click.group("tools", cls=_Commands, no_args_is_help=False)
def command() -> None:
    """
    Shows and makes manifests: what each tool of an MCP server needs, asked with whose credentials.

    A manifest can be inferred from a server's source, recorded from its behaviour, and held against
    the server that runs.
    """


COMMAND = command
