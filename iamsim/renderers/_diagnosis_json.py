"""A diagnosis as JSON, and the schema of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iamsim.model.diagnosis import SCHEMA, Diagnosis
from iamsim.model.principal import HOLE
from iamsim.renderers import RenderOptions


def render(found: Diagnosis, _options: RenderOptions | None = None) -> str:
    """The whole as indented JSON ending in a newline, the same text for equal diagnoses; what is not told stands as `*`."""
    value = _writable(msgspec.to_builtins(found, enc_hook=_plain, order="deterministic"))
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a diagnosis, as docs/diagnosis.schema.json has it."""
    described = msgspec.json.schema(Diagnosis, ref_template="#/$defs/{name}")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:iamsim:diagnosis:{SCHEMA}",
        "title": f"What iamsim diagnose --format json writes, version {SCHEMA}",
        "version": SCHEMA,
    }
    return head | described


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"a diagnosis cannot hold {type(value).__name__}")


def _writable(value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    """Text without holes, and without lone surrogates, which come from file names that are no UTF-8."""
    if isinstance(value, str):
        return value.replace(HOLE, "*").encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_writable(name): _writable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value
