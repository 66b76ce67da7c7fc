"""What a source is; one module per origin of policies declares SOURCE."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from iamsim import config, plugins
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
    source that could read a whole account reads only those. `account` is the account of a source
    that does not tell its own, `role` the role that was asked about. `parameters` are those of a
    template. `read_as` are the roles that the live account is read as, each assumed by the one before.
    `progress` hears one line per step.
    """

    needed: tuple[str, ...] = ()
    account: str | None = None
    role: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    read_as: tuple[str, ...] = ()
    progress: Callable[[str], None] = _silent


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    What a source read: the organization, and for the report one line per input, with what it could not see.

    `parameters` are the names of those that it takes.
    """

    organization: Organization
    inputs: tuple[Input, ...]
    parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """
    One origin of policies.

    `words` are the locations that are no paths (`aws`), also followed by `:` and a detail;
    `recognises` answers for a path that exists. Where several would, the one with the higher `precedence`
    is asked first. A path behind the source's own name and a colon, such as `terraform-plan:plan.json`, is
    its own whatever it looks like. `load` raises `InputError`, `NothingToCheckError` or `OutsideError`.
    """

    load: Callable[[str, Options], Loaded]
    recognises: Callable[[Path], bool] = lambda _: False
    words: tuple[str, ...] = ()
    precedence: int = 0


def load(location: str, options: Options) -> Loaded:
    """The policies at `location`: a source's own word such as `aws`, a path, or a path behind the name of a source."""
    word, colon, rest = location.partition(":")
    for source in _all().values():
        if word in source.words:
            return source.load(location, options)
    named = _all().get(word.replace("-", "_")) if colon and "_" not in word else None
    if named is not None:
        _must_exist(rest, "write the path behind the colon")
        return named.load(rest, options)
    hint = "give a file or a folder of policies, or `aws` for the live account"
    _must_exist(location, config.closest(word, names(), hint) if colon else hint)
    kind = recognised(Path(location))
    if kind is not None:
        return _all()[kind].load(location, options)
    raise InputError(
        f"`{location[:200]}` is not a kind of policies that can be read",
        hint=f"write what it is before it, as in `{names()[-1]}:PATH`; the kinds are {', '.join(names())}",
    )


def recognised(path: Path) -> str | None:
    """The name of the source whose kind the file or folder at `path` is; None for nobody's."""
    for name, source in sorted(_all().items(), key=lambda item: -item[1].precedence):
        if source.recognises(path):
            return name
    return None


def is_live(location: str) -> bool:
    """Whether reading `location` asks AWS."""
    return any(location.partition(":")[0] in source.words for source in _all().values())


def names() -> tuple[str, ...]:
    """The names of the sources that read a path, as they are written before it."""
    return tuple(name.replace("_", "-") for name, source in _all().items() if not source.words)


def _all() -> Mapping[str, Source]:
    return cast("Mapping[str, Source]", plugins.table(sys.modules[__name__], "SOURCE"))


def _must_exist(location: str, hint: str) -> None:
    try:
        found = Path(location).exists()
    except (OSError, ValueError):  # too long for a path, or not allowed in one
        found = False
    if not location or not found:
        raise InputError(f"`{location[:200]}` does not exist", hint=hint)
