"""A tool as its server announces it: name, arguments and what else it carries, from JSON that may hold anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamsim import redact
from iamsim.errors import OutsideError

MAX_ARGUMENTS = 200
"""A tool with more arguments than this is refused."""

LONGEST_NAME = 128
"""
A tool with a longer name than this is refused.

Source: Model Context Protocol, 2025-11-25, "Tool Names".
"""


@dataclass(frozen=True, slots=True)
class Argument:
    """
    One argument that a tool announces.

    `default` is None where the schema states none, and a text as `--set` takes it where it states one;
    a null is the empty text. `kind` is the schema's type (`string`, `integer`, … or `any`).
    """

    name: str
    required: bool
    default: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A tool as the server announces it; `meta` is its `_meta`, which may hold any JSON."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    meta: Mapping[str, object]


def announced(name: str, description: str, schema: Mapping[str, Any], meta: Mapping[str, object]) -> Announced:
    """The tool with its input schema read; raises `OutsideError` for a name or arguments beyond what is read."""
    if not name or len(name) > LONGEST_NAME:
        raise OutsideError(
            f"the server announces a tool whose name has {len(name):,} characters", hint=f"MCP allows {LONGEST_NAME}"
        )
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    required = required if isinstance(required, list) else []
    if len(properties) > MAX_ARGUMENTS:
        raise OutsideError(f"the tool `{redact.line(name)}` has more than {MAX_ARGUMENTS} arguments")
    arguments = tuple(
        Argument(str(key)[:LONGEST_NAME], key in required, _default(of), _kind(of)) for key, of in properties.items()
    )
    return Announced(name, description[:_DESCRIPTION], arguments, meta)


# ---------------------------------------------------------------- helpers

_DESCRIPTION = 10_000


def _default(schema: object) -> str | None:
    """The default that a property states, as text."""
    if not isinstance(schema, dict) or "default" not in schema:
        return None
    value = schema["default"]
    if value is None:
        return ""
    return value[:_DESCRIPTION] if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:_DESCRIPTION]


def _kind(schema: object) -> str:
    """The type that a property states; of several, the first that is not null."""
    if not isinstance(schema, dict):
        return "any"
    stated = schema.get("type")
    if isinstance(stated, list):
        stated = next((one for one in stated if one != "null"), None)
    if isinstance(stated, str):
        return redact.line(stated)[:20]
    options = schema.get("anyOf", schema.get("oneOf"))
    kinds = (one.get("type") for one in options if isinstance(one, dict)) if isinstance(options, list) else ()
    return next((redact.line(one)[:20] for one in kinds if isinstance(one, str) and one != "null"), "any")
