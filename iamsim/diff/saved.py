"""A difference as JSON, and the schema of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import Any, cast

from iamsim import encoding
from iamsim.diff.model import SCHEMA, Difference


def render(found: Difference) -> str:
    """The whole as indented JSON ending in a newline, the same text for equal differences; what is not told stands as `*`."""
    return encoding.indented(replace(found, at=found.at.astimezone(UTC)), encoding.told)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a difference, as docs/diff.schema.json has it."""
    title = f"What iamsim diff --format json writes, version {SCHEMA}"
    return encoding.schema(Difference, id="diff", title=title, version=SCHEMA)


def shown(found: Difference, hidden: Callable[[str], str]) -> Difference:
    """The same with `hidden` of every text in it; each text is asked about once, however often it stands there."""
    texts: dict[str, str] = {}

    def text(words: str) -> str:
        if words not in texts:
            texts[words] = hidden(words)
        return texts[words]

    return cast("Difference", _shown(found, text))


# ---------------------------------------------------------------- helpers


def _shown(value: object, text: Callable[[str], str]) -> object:
    """A value of the model with its texts changed; words that the program chooses from are no texts."""
    if isinstance(value, str):
        return value if isinstance(value, StrEnum) else text(value)
    if isinstance(value, tuple):
        return tuple([_shown(item, text) for item in value])
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _shown(getattr(value, each.name), text) for each in fields(value)})
    return value
