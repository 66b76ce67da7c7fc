"""Reports written where the user wants them."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from iamsim import config, redact, renderers
from iamsim.cli import _secrets
from iamsim.cli._speech import speech
from iamsim.errors import InputError, OutsideError
from iamsim.model.report import Report
from iamsim.renderers import RenderOptions


def targets(formats: Iterable[str], known: tuple[str, ...] = ()) -> tuple[tuple[str, str | None], ...]:
    """
    (format, file) pairs of `FORMAT` and `FORMAT=FILE`; None is standard output, which one of them can have.

    `known` are the formats there are; without it, those of a report.
    """
    known = known or renderers.names()
    found: list[tuple[str, str | None]] = []
    for text in formats:
        name, equals, file = text.partition("=")
        if name not in known:
            way = config.closest(name, known, f"choose {', '.join(known)}")
            raise InputError(f"`{redact.line(name)[:60]}` is no report format", hint=way)
        if equals and not file:
            raise InputError(f"`{redact.line(text)[:60]}` names no file", hint=f"write --format {name}=FILE")
        found.append((name, None if file in ("", "-") else file))
    files = [path for _, path in found]
    if files.count(None) > 1:
        raise InputError(
            "two formats want standard output",
            hint=f"give all but one a file: --format {'html=report.html' if 'html' in known else 'sarif=lint.sarif'}",
        )
    for path in files:
        if path is not None and files.count(path) > 1:
            raise InputError(
                f"two formats want the file `{redact.line(path)[:200]}`", hint="give each a file of its own"
            )
    return tuple(found)


def write(
    report: Report, where: Iterable[tuple[str, str | None]], *, against: Report | None = None, masked: bool = False
) -> None:
    """
    Every rendering in its place, without secrets; files are written whole or not at all.

    `against` is an earlier report, for the formats that tell what has changed; `masked` replaces the ids of accounts.
    """
    report, against = _secrets.shown(report), _secrets.shown(against) if against is not None else None
    if masked:
        from iamsim.renderers import _masked  # noqa: PLC0415 - needed by few runs

        report, *others = _masked.masked(report, *((against,) if against is not None else ()))
        against = others[0] if others else None
    for name, file in where:
        with timed(f"writing {name}"):
            text = renderers.renderer(name).render(report, replace(rendering(file), against=against))
        put(text, file, people=name == "terminal")


def put(text: str, file: str | None, *, people: bool) -> None:
    """Text in its file or, for None, on standard output: for programs UTF-8 everywhere, for people what their terminal can show."""
    if file is not None:
        save(Path(file), text)
        done(f"wrote {file}")
    elif people:
        show(text)
    elif text:
        _print(text.encode(), nl=not text.endswith("\n"))


def show(text: str) -> None:
    """Text for people on standard output, whatever of it the output can hold."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    _print(text.encode(encoding, "replace").decode(encoding), nl=not text.endswith("\n"))


def answers(lines: list[str]) -> None:
    """Lines for a program, UTF-8 everywhere, and at once: it may be waiting for them."""
    if lines:
        _print("\n".join(lines).encode(), nl=True)


def progress(line: str) -> None:
    """One line about what is being done: where it is asked for, and on a terminal where nobody asked for silence."""
    said = speech()
    if said.verbose:
        _say(f"{time.monotonic() - said.since:6.2f} s  {line}")
    elif sys.stderr.isatty() and not said.quiet:
        _say(line)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Tells how long `what` took, where that is asked for."""
    began = time.monotonic()
    yield
    detail(f"{what} took {time.monotonic() - began:.2f} s")


def detail(line: str) -> None:
    """One line for who wants to know everything."""
    if speech().verbose:
        progress(line)


def done(line: str) -> None:
    """One line about what was done, such as a file that was written."""
    if not speech().quiet:
        _say(line)


def warning(line: str) -> None:
    """One line that the user should know of, beside the result; once, however often a command comes to say it."""
    context = click.get_current_context(silent=True)
    said: set[str] = set() if context is None else context.meta.setdefault(f"{__name__}.warnings", set())
    if line not in said:
        said.add(line)
        _say(f"iamsim: warning: {line}")


def _say(line: str) -> None:
    click.echo(redact.line(_secrets.hidden(line)), err=True)


def _print(content: str | bytes, *, nl: bool) -> None:
    try:
        click.echo(content, nl=nl)
    except BrokenPipeError:
        # Whoever reads the output has gone: say nothing more (Python would, at the end), and do not pass for a success.
        sys.stdout = None
        raise click.exceptions.Exit(OutsideError.exit_code) from None
    except OSError as error:
        sys.stdout = None
        reason = (error.strerror or "cannot be written").lower()
        raise OutsideError(
            f"standard output cannot be written: {reason}", hint="name a file: --format json=FILE"
        ) from None


def rendering(file: str | None) -> RenderOptions:
    """What the place can show that a report goes to."""
    if file is not None:
        return RenderOptions()
    return replace(renderers.options_for(sys.stdout, os.environ), brief=speech().quiet)


def save(path: Path, text: str) -> None:
    """`text` in the file, whole; on any failure what stood there stays. Raises `OutsideError`."""
    try:
        if path.is_dir() or not path.name:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except (OSError, ValueError) as error:  # ValueError: a NUL, which no path has
        reason = (getattr(error, "strerror", None) or "no path").lower()
        raise OutsideError(
            f"`{redact.line(str(path))[:200]}` cannot be written: {reason}",
            hint="check the folder and its permissions",
        ) from None


def _replace(path: Path, text: str) -> None:
    """Puts `text` in the place of the file, whole; on any failure the file stays as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp lets nobody else read: give the file the permissions that a new one has.
        unfinished.chmod(0o666 & ~_mask())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
