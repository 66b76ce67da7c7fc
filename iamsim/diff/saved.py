"""A difference as JSON, and the schema of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import Any, cast

import msgspec

from iamsim.diff.model import SCHEMA, Difference
from iamsim.model.principal import HOLE


def render(found: Difference) -> str:
    """The whole as indented JSON ending in a newline, the same text for equal differences; what is not told stands as `*`."""
    value = _texts(_builtins(found), _writable)
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a difference, as docs/diff.schema.json has it."""
    described = msgspec.json.schema(Difference, ref_template="#/$defs/{name}")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:iamsim:diff:{SCHEMA}",
        "title": f"What iamsim diff --format json writes, version {SCHEMA}",
        "version": SCHEMA,
    }
    return head | described


def shown(found: Difference, hidden: Callable[[str], str]) -> Difference:
    """The same with `hidden` of every text in it; each text is asked about once, however often it stands there."""
    texts: dict[str, str] = {}

    def text(words: str) -> str:
        if words not in texts:
            texts[words] = hidden(words)
        return texts[words]

    return cast("Difference", _shown(found, text))


# ---------------------------------------------------------------- helpers


def _builtins(found: Difference) -> Any:  # noqa: ANN401 - JSON is any of six types
    return msgspec.to_builtins(replace(found, at=found.at.astimezone(UTC)))


def _shown(value: object, text: Callable[[str], str]) -> object:
    """A value of the model with its texts changed; words that the program chooses from are no texts."""
    if isinstance(value, str):
        return value if isinstance(value, StrEnum) else text(value)
    if isinstance(value, tuple):
        return tuple([_shown(item, text) for item in value])
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _shown(getattr(value, each.name), text) for each in fields(value)})
    return value


def _texts(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _texts(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(item, change) for item in value]
    return value


def _writable(words: str) -> str:
    """Text without holes, and without lone surrogates, which come from file names that are no UTF-8."""
    return words.replace(HOLE, "*").encode("utf-8", "backslashreplace").decode()
