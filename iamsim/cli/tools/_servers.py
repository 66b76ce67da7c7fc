"""How the commands that talk to a server start it and show it a token."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.cli._token import token_text
from iamsim.cli._values import Options
from iamsim.errors import InputError

ENV = click.option(
    "--env",
    metavar="NAME[=VALUE]",
    multiple=True,
    help="A variable that COMMAND gets besides PATH, HOME and the language; without VALUE, as it is set here.",
)
DIRECTORY = click.option("--directory", metavar="DIR", help="Where COMMAND starts. [default: here]")
TOKEN_FILE = click.option(
    "--token-file", metavar="PATH|-", help="The bearer token for --url, in a file or on standard input."
)
TOKEN_ENV = click.option(
    "--token-env", metavar="NAME", help="The environment variable that holds the bearer token for --url."
)
SECONDS = click.FloatRange(0, 600, min_open=True)
"""A time that an option gives."""


def environment(given: Iterable[str]) -> dict[str, str]:
    """The environment that COMMAND gets for the values of `--env`; what is secret in them is kept out of all that is said."""
    from iamsim.tools.session import clean_environment  # noqa: PLC0415 - a page of help does not need it

    found = clean_environment(given, os.environ)
    for text in given:
        name = text.partition("=")[0]
        _secrets.remember_in(name, found[name])
    return found


def token(chosen: Options) -> str:
    """
    The token that goes with every request, kept out of all that is said; none is taken that was not named.

    Raises `InputError` for two of them, and for one that is empty.
    """
    file, name = chosen.given["token_file"], chosen.given["token_env"]
    if file is not None and name is not None:
        raise InputError("a token is given in two ways", hint="keep one of --token-file and --token-env")
    if file is None and name is None:
        return ""
    if name is not None and not os.environ.get(name, "").strip():
        raise InputError(
            f"the environment variable `{redact.line(name)[:60]}` is not set", hint="put the token into it"
        )
    text = os.environ[name] if name is not None else token_text(chosen)[0]
    found = (text or "").strip()
    if not found:
        raise InputError("the token is empty", hint="put it into the file that --token-file names")
    _secrets.remember(found)
    return found
