"""Edits in the language of their source; one module per form declares FORM."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from iamsim import plugins
from iamsim.errors import InputError
from iamsim.model.remedy import Edit


@dataclass(frozen=True, slots=True)
class Block:
    """
    One text to apply.

    `title` says what it does, in words; `language` is `json`, `diff`, `hcl`, `yaml` or `shell`; `place` the file,
    resource address or logical id that it belongs to, empty for none; `notes` what to know before it is applied,
    such as a list of policies that it replaces whole. The text is complete: what is not known stands in it as a
    named placeholder that the language itself refuses or that `notes` speaks of, never as a guess.
    """

    title: str
    text: str
    language: str
    place: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """
    One language that edits are written in: its name for people, the ending of its files, and the writer.

    `fits` says whether an edit's source is written in this language, so that it is shown first.
    """

    title: str
    extension: str
    write: Callable[[tuple[Edit, ...]], tuple[Block, ...]]
    fits: Callable[[Edit], bool] = lambda _: False


def names() -> tuple[str, ...]:
    """The forms there are, sorted; none of their modules is imported for it."""
    return plugins.modules(sys.modules[__name__])


def form(name: str) -> Form:
    """One form, importing that module alone; raises `InputError` for an unknown one."""
    if name not in names():
        raise InputError(f"`{name[:120]}` is no form of a fix", hint=f"choose {', '.join(names())}")
    return cast("Form", importlib.import_module(f"{__name__}.{name}").FORM)


def forms() -> Mapping[str, Form]:
    """Every form by its name, sorted."""
    return cast("Mapping[str, Form]", plugins.table(sys.modules[__name__], "FORM"))


def fitting(edits: tuple[Edit, ...]) -> tuple[str, ...]:
    """The forms that the source of the edits is written in, the one of most of them first; empty where it is written in none."""
    counts = {name: sum(map(each.fits, edits)) for name, each in forms().items()}
    return tuple(sorted((name for name, many in counts.items() if many), key=lambda name: (-counts[name], name)))
