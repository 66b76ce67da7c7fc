"""What evidence is; one module per format (test report, server log, CloudTrail …) declares EVIDENCE."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from iamsim import plugins, redact
from iamsim.errors import InputError
from iamsim.evidence._reading import Opened
from iamsim.model.observation import Evidence

_NO = 0


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format of evidence.

    `likeness` looks at the beginning of a file and says how sure it is, 0 (not this) to 100; of several formats the
    surest reads it. `read` streams the file: memory must not grow with its length but with what is told apart in it.
    It raises `InputError` for what cannot be this format, and notes and counts what is broken inside.
    """

    title: str
    likeness: Callable[[Opened], int]
    read: Callable[[Opened], Evidence]


def names() -> tuple[str, ...]:
    """The formats there are, sorted; none of their modules is imported for it."""
    return plugins.modules(sys.modules[__name__])


def formats() -> Mapping[str, Format]:
    """Every format by its name."""
    return cast("Mapping[str, Format]", plugins.table(sys.modules[__name__], "EVIDENCE"))


def read(
    location: str,
    format: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    *,
    path: Path | None = None,
) -> Evidence:
    """
    One file of evidence; `format` names what it is where that is not to be recognised. `path` is where it lies, if that is not its
    `location`, by which it is spoken of.

    Raises `InputError` for a file that cannot be read, for an unknown format, and for a file that is in none of them.
    """
    if format is not None and format not in names():
        raise InputError(f"`{redact.line(format)[:80]}` is no format of evidence", hint=f"choose {', '.join(names())}")
    opened = Opened(path or Path(location), location, progress)
    if format is not None:
        return formats()[format].read(opened)
    _ = opened.head  # what cannot be read at all is said before anybody asks what it is
    sure, name = max(((one.likeness(opened), name) for name, one in formats().items()), default=(_NO, ""))
    if sure == _NO:
        raise InputError(
            f"`{redact.line(location)[:200]}` is in no format of evidence that is known",
            hint=f"name its format, FORMAT:PATH, one of {', '.join(names())}",
        )
    return formats()[name].read(opened)
