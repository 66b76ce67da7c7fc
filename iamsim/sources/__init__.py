"""What a source is; one module per origin of policies declares SOURCE."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from iamsim import plugins
from iamsim.errors import InputError
from iamsim.model.account import Organization
from iamsim.model.report import Input


def _silent(_: str) -> None:
    """Nobody wants to hear how far the reading is."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What a source may need besides its location.

    `needed` are the ARNs in play: the role, the server's principal, buckets, domains, keys. A
    source that could read a whole account reads only those. `account` is the account of a folder
    that does not tell its own. `progress` hears one line per step.
    """

    needed: tuple[str, ...] = ()
    account: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    progress: Callable[[str], None] = _silent


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source read: the organization, and for the report one line per input, with what it could not see."""

    organization: Organization
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """
    One origin of policies.

    `words` are the locations that are no paths (`aws`), also followed by `:` and a detail;
    `recognises` answers for a path that exists. `load` raises `InputError`, `NothingToCheckError`
    or `OutsideError`.
    """

    load: Callable[[str, Options], Loaded]
    recognises: Callable[[Path], bool] = lambda _: False
    words: tuple[str, ...] = ()


def load(location: str, options: Options) -> Loaded:
    """The policies at `location`: a source's own word such as `aws`, else a path."""
    sources = cast("dict[str, Source]", plugins.table(sys.modules[__name__], "SOURCE"))
    word = location.partition(":")[0]
    for source in sources.values():
        if word in source.words:
            return source.load(location, options)
    path = Path(location)
    if not _exists(path):
        raise InputError(
            f"`{location[:200]}` does not exist", hint="give a folder of policies, or `aws` for the live account"
        )
    for source in sources.values():
        if source.recognises(path):
            return source.load(location, options)
    raise InputError(
        f"`{location[:200]}` is not a kind of policies that can be read",
        hint="give a folder laid out as docs/policies-folder.md says, or `aws` for the live account",
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a path, or not allowed in one
        return False
