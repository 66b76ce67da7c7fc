"""A diagnosis as JSON, and the schema of it."""

from __future__ import annotations

from typing import Any

from iamsim import encoding
from iamsim.model.diagnosis import SCHEMA, Diagnosis
from iamsim.renderers import RenderOptions


def render(found: Diagnosis, _options: RenderOptions | None = None) -> str:
    """The whole as indented JSON ending in a newline, the same text for equal diagnoses; what is not told stands as `*`."""
    return encoding.indented(found, encoding.told)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a diagnosis, as docs/diagnosis.schema.json has it."""
    title = f"What iamsim diagnose --format json writes, version {SCHEMA}"
    return encoding.schema(Diagnosis, id="diagnosis", title=title, version=SCHEMA)
