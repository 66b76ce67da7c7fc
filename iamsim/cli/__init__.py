"""The command line: options in, files and exit code out; one module per command."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import cast

import click

from iamsim import __version__, config, plugins, redact
from iamsim.cli import _secrets
from iamsim.errors import IamsimError

_FAILED, _INTERRUPTED, _USAGE = 5, 130, 2


class Named(click.Group):
    """Commands under one name; a name that none of them has is answered with those that there are."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the commands there are in the error."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            way = config.closest(args[0], known, f"the commands are {', '.join(known)}")
            ctx.fail(f"no command `{redact.line(args[0])[:60]}`; {way}")
        return super().resolve_command(ctx, args)


class Commands(Named):
    """The commands of a package, by default this one; a module is imported when its command is asked for."""

    package = __name__

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands: those of the modules."""
        del ctx
        return list(plugins.modules(sys.modules[self.package]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one module; None for a name that no module has."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", importlib.import_module(f"{self.package}.{cmd_name}").COMMAND)


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="iamsim")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.pass_context
def command(context: click.Context, *, debug: bool) -> None:
    """
    Says whether an MCP server can assume its role and what each of its tools may then do.

    Offline: policies in, verdicts with their decisive statements and proven fixes out.
    """
    context.obj = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits: 2 for a wrong command or input, 5 for a failure, 130 when interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if asked := os.environ.get("_IAMSIM_COMPLETE"):
        sys.exit(importlib.import_module("iamsim.cli._completing").complete(command, asked))
    _secrets.forget()
    try:
        code = command.main(args=words, prog_name="iamsim", standalone_mode=False)
    except IamsimError as error:
        code = _told(str(error), error.exit_code)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        code = _told(_usage(error), _USAGE)
    except (KeyboardInterrupt, click.Abort):
        code = _told("interrupted", _INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last stop: an unexpected error is one line
        code = _failed(error, debug="--debug" in words)
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: Exception, *, debug: bool) -> int:
    if debug:
        sys.stderr.write(_secrets.hidden("".join(traceback.format_exception(error))))
    way_out = "please report it" if debug else "run `iamsim --debug …` for its traceback"
    return _told(
        f"iamsim failed, which is a bug of its own: {type(error).__name__}: {error}; {way_out}",
        _FAILED,
    )


def _usage(error: click.ClickException) -> str:
    """What click refuses, said as the other errors are."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "iamsim"
    if isinstance(error, click.NoSuchOption):
        params = context.command.params if context is not None else ()
        known = [name for parameter in params if isinstance(parameter, click.Option) for name in parameter.opts]
        before = "write it before the command" if error.option_name == "--debug" else ""
        what = f"no option `{error.option_name}`; {before or config.closest(error.option_name, known)}"
    elif (
        isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.Choice)
    ):
        what = _no_choice(error, error.param, error.param.type)
    else:
        message = error.format_message().rstrip(".")
        what = (message[:1].lower() + message[1:]).replace("'", "`")
    return f"{what}; see `{path} --help`"


def _no_choice(error: click.BadParameter, parameter: click.Parameter, choice: click.Choice[str]) -> str:
    """A word that is missing, or that is none of those that a parameter takes."""
    name = parameter.opts[-1] if isinstance(parameter, click.Option) else parameter.human_readable_name.upper()
    words = [str(each) for each in choice.choices]
    if isinstance(error, click.MissingParameter):
        return f"missing {parameter.param_type_name} `{name}`; use one of: {', '.join(words)}"
    word = error.message.partition(" is not one of ")[0].strip("'\"")
    return f"`{word[:60]}` is no value of {name}; {config.closest(word, words)}"


def _told(message: str, code: int) -> int:
    sys.stderr.write(f"iamsim: {redact.line(_secrets.hidden(message))}\n")
    return code
