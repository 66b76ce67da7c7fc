"""Where a report comes from: the digests of what was read, and the command that makes it again."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from iamsim import redact
from iamsim.cli._values import Options
from iamsim.errors import IamsimError
from iamsim.model.report import Input

_KINDS = ("policies", "tools", "settings")
"""What is digested: never a token or a secret, of which a short one could be found again by its digest."""

_ELSEWHERE = ("formats", "output", "write_baseline", "compare", "masked")
"""Options that say where a report goes and how it is shown, and do not change what it says."""

_NAMES = {"set_": "set"}
_PAIRS = ("set_", "claim", "context", "assume", "parameter")


def digested(read: Iterable[Input]) -> tuple[Input, ...]:
    """What was read, each file of policies, tools or settings and each account's folder with its SHA-256."""
    # A plan of several accounts is one file.
    digest = cache(_digest)
    return tuple(replace(each, sha256=digest(Path(each.location))) if each.kind in _KINDS else each for each in read)


def command(chosen: Options, at: datetime) -> str:
    """The command line that makes the same check at the same moment, values that are secrets redacted."""
    words = ["iamsim", "check"]
    for name, value in chosen.given.items():
        if name in (*_ELSEWHERE, "at") or value in (None, (), False):
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [f"--{_NAMES.get(name, name).replace('_', '-')}", shlex.quote(_shown(name, str(each)))]
    return " ".join([*words, "--at", at.astimezone(UTC).isoformat().replace("+00:00", "Z")])


def _shown(name: str, text: str) -> str:
    pair, equals, value = text.partition("=")
    if name not in _PAIRS or not equals:
        return redact.text(text)
    of = pair.partition("/")[2] if name in ("context", "assume") else pair
    return f"{pair}={redact.setting(of, value) if name == 'set_' else redact.value(of, value)}"


def _digest(path: Path) -> str:
    """Of a file, or of what `sha256sum` prints of the files of an account's folder; empty for all else, and where reading fails."""
    try:
        if path.is_dir():
            lines = "".join(f"{_of(file)}  {name}\n" for name, file in _files(path))
            return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest() if lines else ""
        return _of(path) if path.is_file() else ""
    except (OSError, IamsimError, ValueError):
        return ""


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    from iamsim.sources import json_folder  # noqa: PLC0415 - a source is imported when one of its kind is read

    return iter(sorted((path.relative_to(folder).as_posix(), path) for path in json_folder.files(folder)))


def _of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
