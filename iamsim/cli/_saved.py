"""Reports that an earlier run saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import overload

from iamsim import gate, redact
from iamsim.errors import InputError
from iamsim.model.report import Report


@overload
def saved(path: None) -> None: ...


@overload
def saved(path: str) -> Report: ...


def saved(path: str | None) -> Report | None:
    """The report in a file that `iamsim check --format json=FILE` wrote; None for no file."""
    if path is None:
        return None
    from iamsim.renderers.json import MAX_CHARACTERS, read  # noqa: PLC0415 - few checks are compared

    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise InputError(
            f"`{redact.line(path)[:200]}` is no text", hint="give a report that `iamsim check --format json=FILE` wrote"
        ) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no path").lower()
        raise InputError(
            f"`{redact.line(path)[:200]}` cannot be read: {reason}",
            hint="give a report that `iamsim check --format json=FILE` wrote",
        ) from None
    report = read(text, document=path)
    # The verdict is made anew: a saved code is only as good as whoever edited the file.
    return replace(report, exit_code=gate.exit_code(report))
