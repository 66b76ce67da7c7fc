"""Reports written where the user wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from iamsim import redact, renderers
from iamsim.errors import InputError, OutsideError
from iamsim.model.report import Report
from iamsim.renderers import RenderOptions


def targets(formats: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """(format, file) pairs of `FORMAT` and `FORMAT=FILE`; None is standard output, which one of them can have."""
    found: list[tuple[str, str | None]] = []
    for text in formats:
        name, equals, file = text.partition("=")
        if name not in renderers.names():
            raise InputError(
                f"`{redact.line(name)[:60]}` is no report format", hint=f"choose {', '.join(renderers.names())}"
            )
        if equals and not file:
            raise InputError(f"`{redact.line(text)[:60]}` names no file", hint=f"write --format {name}=FILE")
        found.append((name, None if file in ("", "-") else file))
    if sum(file is None for _, file in found) > 1:
        raise InputError("two formats want standard output", hint="give all but one a file: --format html=report.html")
    return tuple(found)


def write(report: Report, where: Iterable[tuple[str, str | None]]) -> None:
    """Every rendering in its place; files are written whole or not at all."""
    for name, file in where:
        text = renderers.renderer(name).render(report, _options(file))
        if file is None:
            click.echo(text, nl=not text.endswith("\n"))
        else:
            _save(Path(file), text)
            click.echo(f"wrote {file}", err=True)


def progress(line: str) -> None:
    """One line about what is being done, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(redact.line(line), err=True)


def _options(file: str | None) -> RenderOptions:
    return RenderOptions() if file is not None else renderers.options_for(sys.stdout, os.environ)


def _save(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise OutsideError(
            f"`{path}` cannot be written: {reason}", hint="check the folder and its permissions"
        ) from None
