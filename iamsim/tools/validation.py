"""Everything that is wrong with a manifest file, each with its line: structure, meaning, and what AWS says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path as File
from typing import Any

from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.tools.checked import doubts
from iamsim.tools.manifest import refusals
from iamsim.tools.places import Path, line, places
from iamsim.tools.tables import near, toml

MOST = 200
"""The structural errors of one file that are told."""

_SCHEMA = File(__file__).with_name("manifest.schema.json")


class Level(StrEnum):
    """Whether a file is refused for it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where, and the way out."""

    level: Level
    message: str
    hint: str
    origin: Origin

    def __str__(self) -> str:
        return f"{self.origin}: {self.level}: {self.message}{f'; {self.hint}' if self.hint else ''}"


def problems(text: str, *, document: str) -> tuple[Problem, ...]:
    """
    What is wrong with the manifest in `text`, by line.

    The structure is checked first, all of it; then what the reader refuses, one error for each tool; then, of a
    manifest that is none the worse, what AWS's own lists do not know. No error means that `manifest` reads it.
    """
    try:
        values = toml(text, document=document).values
    except InputError as error:
        return (_refused(error, {}, document),)
    where = places(text)
    found = list(_structure(values, where, document))
    if not found:
        found = [_refused(error, where, document) for error in refusals(text, document=document)]
    if not found:
        found = [
            Problem(Level.WARNING, message, hint, _origin(where, path, document))
            for path, message, hint in doubts(values)
        ]
    return tuple(sorted(found, key=lambda one: (one.origin.line or 0, one.level, one.message)))


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema (2020-12) of a manifest."""
    found: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return found


# ---------------------------------------------------------------- structure


def _structure(values: Mapping[str, Any], where: Mapping[Path, int], document: str) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - only this command needs it

    found: dict[Path, Problem] = {}
    errors = islice(Draft202012Validator(schema()).iter_errors(values), MOST)
    for error in sorted(errors, key=lambda error: _FIRST.get(str(error.validator), len(_FIRST))):
        for path, message, hint in _told(error):
            said = f"{message} in {_what(path, values)}"
            found.setdefault(path, Problem(Level.ERROR, said, hint, _origin(where, path, document)))
    yield from islice(found.values(), MOST)


_FIRST = {"type": 0, "not": 1, "minLength": 2, "if": 3}
"""Of several errors about one value the one that says most."""


def _told(error: Any) -> Iterator[tuple[Path, str, str]]:  # noqa: ANN401 - an error of jsonschema, which has no types
    """The places that a schema error is about, each with what is wrong there and the way out."""
    path: Path = tuple(error.absolute_path)
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
    rule: Any = error.validator_value
    own: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    shown = f"`{str(error.instance)[:60]}`"
    match error.validator:
        case "additionalProperties":
            known = own.get("properties", {})
            wrong = own.get("x-wrong", "")
            for name in _unknown(error.instance, own):
                message = f"`{name[:60]}` {wrong}" if wrong else f"unknown key `{name[:60]}`"
                yield (*path, name), message, "" if wrong else near(name, known)
        case "required" | "dependentRequired":
            for name in _missing(error.instance, rule):
                yield (*path, name), f"`{name}` is missing", _missing_hint(name)
        case "type":
            yield path, f"`{key}` is not {_TYPES.get(str(rule), _TYPES['object'])}", ""
        case "const":
            yield path, f"`{key}` is not {rule}", f"write {key} = {rule}"
        case "enum":
            yield path, f"unknown {key} {shown}", near(str(error.instance), map(str, rule))
        case "not":
            yield path, f"`{key}` holds a line break, a control or a private-use character", ""
        case "minLength" | "minItems":
            yield path, f"`{key}` is missing", ""
        case "maxLength":
            yield path, f"`{key}` is longer than {rule} characters", ""
        case _:
            yield path, f"{shown} {own.get('x-wrong', 'is not what can stand here')}", str(own.get("x-hint", ""))


_TYPES = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "a table",
    "['string', 'array']": "a text or a list of texts",
    "['string', 'object']": "a text or a table",
}


def _unknown(instance: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
    patterns = [re.compile(pattern) for pattern in own.get("patternProperties", {})]
    for name in instance:
        if name not in own.get("properties", {}) and not any(pattern.search(name) for pattern in patterns):
            yield name


def _missing(instance: Mapping[str, Any], rule: Sequence[str] | Mapping[str, Sequence[str]]) -> Iterator[str]:
    wanted = (
        [name for key, names in rule.items() if key in instance for name in names]
        if isinstance(rule, Mapping)
        else rule
    )
    return (name for name in wanted if name not in instance)


def _missing_hint(name: str) -> str:
    return {
        "schema": "write schema = 1",
        "any_of": "an option is one of those with the same label in any_of",
        "how": "one of written, inferred, recorded, declared",
    }.get(name, "")


# ---------------------------------------------------------------- words and places


def _refused(error: InputError, where: Mapping[Path, int], document: str) -> Problem:
    origin = error.origin or Origin(document)
    # The reader knows the lines of keys below their header; of what stands within braces, only the header's.
    parts = origin.pointer.split("/")[1:]
    inner = line(where, tuple(int(part) if part.isdigit() else part for part in parts))
    if origin.line is not None and inner is not None and inner > origin.line:
        origin = replace(origin, line=inner)
    return Problem(Level.ERROR, error.message, error.hint or "", origin)


def _origin(where: Mapping[Path, int], path: Path, document: str) -> Origin:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    return Origin(document, pointer, line(where, path) or 1)


def _what(path: Path, values: Mapping[str, Any]) -> str:
    """What a person calls the table that holds the value at `path`."""
    match path:
        case ("tool", int(number), *rest):
            tool = values["tool"][number]
            name = tool.get("name") if isinstance(tool, dict) else None
            return f"tool `{name[:60]}`{_part(rest)}" if isinstance(name, str) else f"tool {number + 1}{_part(rest)}"
        case ("groups", str(name), *rest) if rest:
            return f"group {name[:60]}{_part(rest)}"
        case (_,):
            return "the file"
        case _:
            return f"[{'.'.join(str(part)[:60] for part in path[:-1])}]"


def _part(rest: Sequence[str | int]) -> str:
    match rest:
        case ("needs", int(number), *_):
            return f", need {number + 1}"
        case ("unresolved", int(number), *_):
            return f", unresolved {number + 1}"
        case _:
            return ""
