"""What this run must not say, kept out of its reports and of its errors."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar

from msgspec import Struct, structs

from iamsim import redact
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit
from iamsim.model.request import Context
from iamsim.model.server import Server
from iamsim.model.tool import Requirement

_VARIABLES = ("IAMSIM_SECRET", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# A shorter text, such as the `access` of a claim `token_use`, is found inside of words, and tells nobody anything.
_SHORTEST = 8
# What holds no text but names, or only that of a manifest, which describes a server and has no part in a run.
_PLAIN = (int, float, NoneType, date, StrEnum, frozenset, Requirement, Server)
_known: set[str] = set()
Shown = TypeVar("Shown")


def remember(secret: str) -> None:
    """Has this text taken out of everything that is said from now on: a secret has no shape to know it by."""
    _known.add(secret.strip())


def forget() -> None:
    """Begins a new run."""
    _known.clear()


def remember_in(name: str, value: object) -> None:
    """As `remember`, for whatever in a claim, a tag or a condition key of this name is itself a credential."""
    if isinstance(value, str):
        if redact.value(_tag(name), value) == f"redacted ({len(value)} characters)":
            remember(value)
    elif isinstance(value, Mapping):
        pair = {str(part).lower(): item for part, item in value.items()}
        if set(pair) == {"key", "value"}:
            remember_in(str(pair["key"]), pair["value"])
        for part, item in value.items():
            remember_in(name if redact.is_secret_name(_tag(name)) else str(part), item)
    elif isinstance(value, list | tuple):
        for item in value:
            remember_in(name, item)


def hidden(words: str) -> str:
    """`words` without a remembered secret, without one of the environment, without anything that looks like one."""
    return _hiding()(words)


def shown(report: Shown) -> Shown:
    """A report, or findings, as they may be rendered: the same, with what `hidden` hides out of every text in it."""
    return _with_texts(report, _hiding())


def holed(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Edits as they may be written: `HOLE`, which every form of a fix asks to fill in, for each text that `hidden` would change."""
    hide = _hiding()
    return _with_texts(edits, lambda words: words if hide(words) == words else HOLE)


def _with_texts(report: Shown, hiding: Callable[[str], str]) -> Shown:
    """The same, with `hiding` of every text in it."""
    texts: dict[str, str] = {}
    # By identity, with the value, so that none is freed and its identity reused: statements are shared by many probes.
    done: dict[int, tuple[Any, Any]] = {}

    def text(words: str) -> str:
        if words not in texts:
            texts[words] = hiding(words)
        return texts[words]

    def value(old: Any) -> Any:  # noqa: ANN401 - the parts of a report have many types
        if isinstance(old, _PLAIN):
            return old
        if isinstance(old, str):
            return text(old)
        if id(old) not in done:
            done[id(old)] = old, _parts(old, value)
        return done[id(old)][1]

    found: Shown = value(report)
    return found


def _parts(old: Any, value: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as in `shown`
    """`old` with `value` of its parts; itself where none of them changes."""
    if isinstance(old, Context):
        old = structs.replace(old, values=_named(old.values))
    if isinstance(old, (tuple, list)):
        new = [value(item) for item in old]
        return old if all(map(_same, new, old)) else type(old)(new)
    if isinstance(old, Mapping):
        return {name: value(item) for name, item in old.items()}
    fields, replace = (
        (old.__struct_fields__, structs.replace)
        if isinstance(old, Struct)
        else (old.__dataclass_fields__, dataclasses.replace)
    )
    changed = {}
    for name in fields:
        before = getattr(old, name)
        after = value(_named(before) if name == "tags" and before else before)
        if after is not before:
            changed[name] = after
    return replace(old, **changed) if changed else old


def _named(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Tags and condition keys, those that are credentials by their name or their form taken out."""
    return {
        name: tuple(redact.value(_tag(name), item) for item in found)
        if isinstance(found, tuple)
        else redact.value(_tag(name), found)
        for name, found in values.items()
    }


def _tag(name: str) -> str:
    """What names a value: the tag of a condition key such as `aws:RequestTag/team`; other keys hold no credentials by name."""
    return name.partition("/")[2] if ":" in name else name


def _same(new: object, old: object) -> bool:
    return new is old


def _hiding() -> Callable[[str], str]:
    known = _known | {os.environ.get(name, "").strip() for name in _VARIABLES}
    secrets = sorted((secret for secret in known if len(secret) >= _SHORTEST), key=len, reverse=True)

    def hide(words: str) -> str:
        for secret in secrets:
            if secret in words:
                words = words.replace(secret, f"redacted ({len(secret)} characters)")
        return redact.text(words)

    return hide
