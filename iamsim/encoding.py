"""Values of the model as JSON: their schema, and texts that any JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from iamsim.model.principal import HOLE


def schema(of: type, *, id: str, title: str, version: int) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what is written of a type of the model, as a file of docs/ has it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:iamsim:{id}:{version}",
        "title": title,
        "version": version,
    }
    return head | msgspec.json.schema(of, ref_template="#/$defs/{name}")


def indented(value: object, text: Callable[[str], str]) -> str:
    """The value as indented JSON ending in a newline, names sorted, each of its texts as `text` has it."""
    found = changed(msgspec.to_builtins(value, enc_hook=plain, order="deterministic"), text)
    return msgspec.json.format(msgspec.json.encode(found, order="deterministic"), indent=2).decode() + "\n"


def plain(value: object) -> object:
    """Read-only views of mappings as the mappings they are: a hook of msgspec's encoders."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"JSON is made of no {type(value).__name__}")  # what msgspec wants of a hook


def changed(value: Any, text: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON is any of six types
    """The JSON value with `text` of every text and name in it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {text(name): changed(item, text) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [changed(item, text) for item in value]
    return value


def whole(text: str) -> str:
    """The text without lone surrogates, which come from file names that are no UTF-8: their escapes stand for them."""
    return text.encode("utf-8", "backslashreplace").decode()


def told(text: str) -> str:
    """As `whole`, with `*` for what is not told."""
    return whole(text.replace(HOLE, "*"))
