"""How much a command says beside its result: --quiet and --verbose."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click

from iamsim.errors import InputError

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Speech:
    """
    How much is said: `quiet` leaves out what is no warning and no error, `verbose` tells every step and its time.

    `since` is when the command began, on a clock that only counts.
    """

    quiet: bool = False
    verbose: bool = False
    since: float = field(default_factory=time.monotonic)


def speech_options(function: Function) -> Function:
    """`--quiet` and `--verbose`."""
    verbose = click.option(
        "-v", "--verbose", is_flag=True, help="Say on standard error what is read, and how long it takes."
    )
    quiet = click.option(
        "-q", "--quiet", is_flag=True, help="Print the verdict alone; the other formats stay what they are."
    )
    return quiet(verbose(function))


def begin(context: click.Context, *, quiet: bool, verbose: bool) -> None:
    """What the options say holds for the rest of the command."""
    if quiet and verbose:
        raise InputError("--quiet and --verbose are given", hint="leave one of them out")
    context.meta[__name__] = Speech(quiet, verbose)


def speech() -> Speech:
    """How much the running command says; the usual amount where none was told."""
    context = click.get_current_context(silent=True)
    found = None if context is None else context.meta.get(__name__)
    return found if isinstance(found, Speech) else Speech()
