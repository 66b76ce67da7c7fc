"""The manual page iamsim(1), as the commands themselves tell it; run as a script, it writes docs/man/iamsim.1 anew."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from iamsim import __version__, cli, gate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "man" / "iamsim.1"

_ENVIRONMENT = (
    ("IAMSIM_TOKEN", "The bearer token, where --token-file is not given."),
    ("IAMSIM_SECRET", "The HMAC secret that the server verifies with, where --secret-file is not given."),
    ("NO_COLOR", "Set to anything: no colours."),
    ("AWS_PROFILE, AWS_REGION and others", "As for the AWS CLI, where a live account is read."),
)
_FILES = (
    (
        "iamsim.toml, pyproject.toml",
        "Settings, in the nearest folder upwards that has any; [tool.iamsim] in the latter.",
    ),
)


def page() -> str:
    """The whole page in the man macros of roff."""
    root = cli.command.make_context("iamsim", [], resilient_parsing=True)
    lines = [
        '.\\" Written by `make readme` from the help of the commands; an edit here is lost.',
        f'.TH IAMSIM 1 "" "iamsim {__version__}" "User Commands"',
        ".SH NAME",
        r"iamsim \- says whether an MCP server can assume its AWS role and what its tools may then do",
        ".SH SYNOPSIS",
        r".B iamsim",
        r"[\fB\-\-debug\fR] \fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION",
        *_text(cli.command),
        *_options(cli.command, root),
        ".SH COMMANDS",
        *_commands(cli.command, root),
        ".SH EXIT STATUS",
        *_table((str(code), meaning) for code, meaning in gate.MEANING.items()),
        ".SH ENVIRONMENT",
        *_table(_ENVIRONMENT),
        ".SH FILES",
        *_table(_FILES),
    ]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, below)
            continue
        arguments = " ".join(command.collect_usage_pieces(below))
        yield f".SS {_plain(f'{below.command_path} {arguments}')}"
        yield from _text(command)
        yield from _options(command, below)


def _text(command: click.Command) -> Iterator[str]:
    """What a command does: filled, but for paragraphs that are to stay as they are written."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ".PP"
        if paragraph.lstrip("\n").startswith("\b"):
            yield ".nf"
            yield from (_plain(line) for line in paragraph.partition("\b")[2].strip("\n").split("\n"))
            yield ".fi"
        else:
            yield _plain(" ".join(paragraph.split()))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """What it takes: arguments stand in the line above, and --help is told once."""
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    told = [each for each in records if each and each[1] and (context.parent is None or "--help" not in each[0])]
    return _table(told)


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in rows:
        yield from (".TP", f".B {_plain(name)}", _plain(meaning))


def _plain(text: str) -> str:
    """Text that roff sets as it stands; a `-` stays the one that is typed."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\`").replace("'", r"\(aq").replace('"', r"\(dq")
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return f"\\&{text}" if text[:1] in (".", " ") else text


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
