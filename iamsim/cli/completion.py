"""`iamsim completion`: the script by which a shell completes what is typed."""

from __future__ import annotations

import click

from iamsim.cli._completing import SHELLS, source
from iamsim.cli._outputs import answers


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """
    Prints the script that makes a shell complete commands, options and their values.

    \b
    It completes the names of manifests, tools, parameters, rules, formats, actions and condition
    keys. bash has to be 4.4 or newer. Where each script belongs:
      bash  eval "$(iamsim completion bash)" in ~/.bashrc
      zsh   eval "$(iamsim completion zsh)" in ~/.zshrc, after compinit
      fish  a file of its own, as below

    \b
    Example:
      iamsim completion fish > ~/.config/fish/completions/iamsim.fish
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    answers([source(context.find_root().command, shell).rstrip("\n")])


COMMAND = command
