"""Settings: [tool.iamsim] and iamsim.toml read into one frozen object."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsim.errors import InputError, OutsideError

POLICY_TYPES = ("scp", "rcp", "boundary", "resource", "vpc-endpoint")
"""The policy types that a source may not have seen, as people write them."""

_SEVERITIES = ("critical", "high", "medium", "low", "info")
FAIL_ON = (
    *_SEVERITIES,
    *(f"{what}:{level}" for what in ("hazard", "lint") for level in _SEVERITIES),
    "optional",
    "unknown",
)
"""
What `--fail-on` of `check` takes: a severity, of hazards or of lint findings alone where one of them stands before it;
needs that a tool can do without; unknowns.
"""

MAX_BYTES = 1024 * 1024
"""Largest settings file, and largest file of a policies folder, that is read."""


@dataclass(frozen=True, slots=True)
class Config:
    """
    The settings of one project; an option on the command line wins over each.

    `path` is the file they come from, None when there is none. Paths are relative to the folder
    that the search started in, and so can be opened from there; in the file they are relative to
    the file. `policies` holds paths, `KIND:PATH`, `aws` or `aws:PROFILE`; `tools` a `NAME@VERSION` or a path
    that ends in `.toml`; `formats` entries `FORMAT` or `FORMAT=PATH`. `claim` holds JSON-like
    values. `context` and `assume` map condition keys to their values. `waivers` is the path of a file, or the tables
    as they are written; `fail_on` is as `--fail-on` of `check` is.
    """

    path: str | None = None
    role_arn: str | None = None
    policies: tuple[str, ...] = ()
    tools: str | None = None
    server_principal: str | None = None
    runs_on: str | None = None
    service_account: str | None = None
    chain: tuple[str, ...] = ()
    mode: str | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assume: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assume_none: tuple[str, ...] = ()
    claim: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    parameter: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    profile: str | None = None
    read_as: tuple[str, ...] = ()
    endpoint_url: str | None = None
    token_file: str | None = None
    secret_file: str | None = None
    key_file: str | None = None
    formats: tuple[str, ...] = ()
    baseline: str | None = None
    waivers: str | tuple[Mapping[str, Any], ...] | None = None
    fail_on: tuple[str, ...] = ()


def find(start: Path) -> Config:
    """
    The settings that hold in the folder `start`: those of the nearest folder upwards that has any.

    In one folder `iamsim.toml` wins over `[tool.iamsim]` of `pyproject.toml`. Raises `InputError`
    for a file that cannot be read or holds anything unknown.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        shown = Path(os.path.relpath(folder, here))
        for name in ("iamsim.toml", "pyproject.toml"):
            path = folder / name
            if not path.is_file():
                continue
            table, text = _read(path, start / shown / name)
            if name == "pyproject.toml":
                table = _tool_table(table, start / shown / name)
            if name == "iamsim.toml" or table:
                header = "" if name == "iamsim.toml" else "[tool.iamsim]"
                return _config(table, start / shown / name, text, header)
    return Config()


def parse(data: bytes, shown: str) -> tuple[dict[str, Any], str]:
    """The TOML in `data`, and its text; `InputError` names `shown`, the line and the column."""
    if len(data) > MAX_BYTES:
        raise InputError(f"{shown}: is larger than {MAX_BYTES:,} bytes", hint="settings are short; name another file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown}: is not UTF-8 text (byte {error.start})", hint="save the file as UTF-8") from None
    if text.startswith("\ufeff"):
        raise InputError(f"{shown}: starts with a byte order mark", hint="save the file as UTF-8 without one")
    try:
        table = tomllib.loads(text)
        reserved = any(mark in item for item in _strings(table) for mark in _RESERVED)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        wrong = toml_error(text, error)
        place = "".join(f":{number}" for number in (wrong.line, wrong.column) if number)
        raise InputError(f"{shown}{place}: is not TOML: {wrong.message}", hint=wrong.hint) from None
    if reserved:
        raise InputError(
            f"{shown}: a private-use character (U+E000 to U+E002) is not readable here",
            hint="AWS takes no such character",
        )
    return table, text


def line_of(text: str, header: str = "", key: str = "", nth: int = 0) -> int | None:
    """
    The line of the `nth` (from 0) header `header` of a TOML text, or of `key` below it; None when it is not found.

    A key is found as `key = …` or by a header of its own; no header stands for the top of the text. `tomllib` keeps no
    places, so the text is scanned; only errors pay for it.
    """
    target = f"{header.strip('[]')}.{key}.".lstrip(".")
    inside = not header
    # The table of `[a.b]` may be there without a `[a]`.
    started = not header.startswith("[[")
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if line.startswith("["):
            written = re.sub(r"\s|[\"']", "", line.partition("#")[0])
            inside = written == header and nth == 0
            if written == header:
                started = inside
                nth -= 1
                if inside and not key:
                    return number
            elif key and started and f"{written.strip('[]')}.".startswith(target):
                return number
        elif inside and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return None


@dataclass(frozen=True, slots=True)
class TomlError:
    """Why a text is not TOML, where (None: not told), and the way out."""

    message: str
    line: int | None
    column: int | None
    hint: str


def toml_error(text: str, error: Exception) -> TomlError:
    """What `tomllib` had against `text`, in our words."""
    if isinstance(error, RecursionError):
        return TomlError("nested too deeply", None, None, "settings are flat; name another file")
    if not isinstance(error, tomllib.TOMLDecodeError):
        return TomlError("a value that cannot be read", None, None, "check its numbers and dates")
    words = " ".join(str(error).split())
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", words)
    message = words[: place.start()][:160] if place else words[:160]
    lines = text.rstrip().split("\n")
    line = int(place[1]) if place and place[1] else len(lines)
    column = int(place[2]) if place and place[2] else None
    written = lines[line - 1] if line <= len(lines) else ""
    hint = next((way for start, way in _WAYS.items() if message.startswith(start)), 'write name = "value", one a line')
    if message.startswith(("Invalid value", "Expected newline")):
        if re.match(r"[^=\"']*=\s*\d{4}-\d\d-", written):
            hint = _WAYS["Invalid date"]
        elif re.match(r"[^=\"']*=[\s\[]*[\w.~/*$-]", written):
            hint = "text values need quotes"
    return TomlError(message[:1].lower() + message[1:], line, column, hint)


def closest(word: str, choices: Iterable[str], otherwise: str | None = None) -> str:
    """The way out of a misspelt word: the choice that comes nearest, else `otherwise`, by default all of them."""
    names = sorted(choices)
    # Of ARNs the ends are compared: what comes before is alike in all of an account. Case makes no other word.
    ends: dict[str, str] = {}
    for name in names:
        ends.setdefault(_end(name), name)
    near = difflib.get_close_matches(_end(word)[:_LONGEST_WORD], ends, n=1)
    if near:
        return f"did you mean `{ends[near[0]]}`?"
    return f"use one of: {', '.join(names)}" if otherwise is None else otherwise


_LONGEST_WORD = 200
"""Characters of a word that are compared with what there is: the time that takes grows with their square."""


def _end(name: str) -> str:
    return (re.split("[:/]", name)[-1] if name.startswith("arn:") else name.lstrip("-")).lower()


# ---------------------------------------------------------------- the values of the settings


class _WantedError(Exception):
    """A value of the wrong kind: what is wrong with it, and what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _config(table: Mapping[str, Any], path: Path, text: str, header: str) -> Config:
    """The settings in `table`, written in `text` below `header`; raises `InputError` naming file, line and key."""

    def place(key: str) -> str:
        line = line_of(text, header, key)
        return f"{path}:{line}" if line else str(path)

    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READERS:
            raise InputError(f"{place(key)}: `{key[:80]}` is no setting", hint=closest(key, _READERS))
        try:
            values[key] = _READERS[key](value, path.parent)
        except _WantedError as error:
            raise InputError(f"{place(key)}: `{key}` {error}", hint=error.hint) from None
    return Config(path=str(path), **values)


def _read(path: Path, shown: Path) -> tuple[dict[str, Any], str]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise OutsideError(f"{shown}: cannot be read: {error.strerror}", hint="check the file's permissions") from None
    return parse(data, str(shown))


_WAYS = {
    "Cannot overwrite": "write each name once",
    "Cannot declare": "write each table once",
    "Cannot mutate": "write each table once",
    "Duplicate": "write each name once",
    "Expected '\"'": "close the quotes",
    'Expected "\'"': "close the quotes",
    "Illegal character": "close the quotes on the same line",
    "Unterminated string": "close the quotes",
    "Unclosed array": "close the bracket",
    "Unclosed inline table": "close the brace on the same line",
    "Unescaped": "write a backslash twice, or the text in single quotes",
    "Invalid date": "write 2026-01-31T12:00:00Z",
}
"""The way out of what `tomllib` finds wrong, by how its message begins."""


def _tool_table(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    tool = table.get("tool", {})
    found = tool.get("iamsim", {}) if isinstance(tool, Mapping) else {}
    if not isinstance(found, dict):
        raise InputError(f"{path}: `tool.iamsim` is not a table", hint="write [tool.iamsim] and the settings below it")
    return found


_RESERVED = "\ue000\ue001\ue002"
"""What the model writes for text that nobody told (`HOLE`, a layer above this one); no input may hold it."""


def _strings(value: object) -> Iterator[str]:
    """Every text in a TOML value, names included."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value


def _text(value: object, _: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WantedError("is not text", "write text in quotes")
    return value


def _path(value: object, base: Path) -> str:
    return str(base / _text(value, base))


def _texts(value: object, base: Path) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise _WantedError("is neither text nor a list of texts", 'write "one" or ["one", "two"]')
    return tuple(_text(item, base) for item in items)


def _locations(value: object, base: Path) -> tuple[str, ...]:
    if value == []:
        raise _WantedError("names no place to read from", 'write ["aws"] for the live account, or leave it out')

    def resolved(item: str) -> str:
        if item == "aws" or item.startswith("aws:"):
            return item
        # One letter before a colon is a drive.
        kind, colon, path = item.partition(":")
        if colon and path and _KIND.fullmatch(kind):
            return f"{kind}:{base / path}"
        return str(base / item)

    return tuple(resolved(item) for item in _texts(value, base))


_KIND = re.compile(r"[a-z][a-z0-9-]+")
"""The name of a kind of policies before a path, such as `terraform-plan` in `terraform-plan:plan.json`."""


def _tools(value: object, base: Path) -> str:
    text = _text(value, base)
    return str(base / text) if text.endswith(".toml") else text


def _waivers(value: object, base: Path) -> str | tuple[Mapping[str, Any], ...]:
    """The path of a file, or the tables, which `waivers.read` reads."""
    if isinstance(value, str):
        return _path(value, base)
    if not isinstance(value, list) or not value or not all(isinstance(item, Mapping) for item in value):
        raise _WantedError("names no waivers", 'write [[waivers]] tables, or waivers = "FILE.toml"')
    return tuple(value)


def _levels(value: object, base: Path) -> tuple[str, ...]:
    found = _texts(value, base)
    for item in found:
        if item not in FAIL_ON:
            raise _WantedError(f"names `{item[:80]}`, which is no threshold", closest(item, FAIL_ON))
    return found


def _formats(value: object, base: Path) -> tuple[str, ...]:
    def resolved(item: str) -> str:
        name, equals, path = item.partition("=")
        return f"{name}={base / path}" if equals and path not in ("", "-") else item

    return tuple(resolved(item) for item in _texts(value, base))


def _scalar(value: object) -> str:
    """What the command line would be given: `true`, `100`, text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _WantedError("holds a value that is neither text, a number nor a flag", 'write name = "value"')


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _WantedError("is not a table of names and values", 'write name = "value" below its heading in brackets')
    return value


def _scalars(value: object, _: Path) -> dict[str, str]:
    return {name: _scalar(item) for name, item in _table(value).items()}


def _lists(value: object, _: Path) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(map(_scalar, item if isinstance(item, list) else [item])) for name, item in _table(value).items()
    }


def _claims(value: object, _: Path) -> dict[str, Any]:
    return {name: _claim(item) for name, item in _table(value).items()}


def _claim(value: object) -> Any:  # noqa: ANN401 - JSON is any of six types
    """A claim as JSON has it: TOML's dates have no place in a token."""
    if isinstance(value, Mapping):
        return {name: _claim(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_claim(item) for item in value]
    if isinstance(value, str | int | float):
        return value
    raise _WantedError("holds a date", "a claim counts seconds since 1970")


def _types(value: object, base: Path) -> tuple[str, ...]:
    found = _texts(value, base)
    for item in found:
        if item not in POLICY_TYPES:
            raise _WantedError(f"names `{item[:80]}`, which is no policy type", closest(item, POLICY_TYPES))
    return found


def _moment(value: object, _: Path) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _WantedError("is no moment with an offset", "write 2026-01-31T12:00:00Z, without quotes")
    return value


_READERS: Mapping[str, Callable[[object, Path], Any]] = {
    "role_arn": _text,
    "policies": _locations,
    "tools": _tools,
    "server_principal": _text,
    "runs_on": _text,
    "service_account": _text,
    "chain": _texts,
    "mode": _text,
    "set": _scalars,
    "context": _lists,
    "assume": _lists,
    "assume_none": _types,
    "claim": _claims,
    "at": _moment,
    "parameter": _scalars,
    "region": _text,
    "profile": _text,
    "read_as": _texts,
    "endpoint_url": _text,
    "token_file": _path,
    "secret_file": _path,
    "key_file": _path,
    "formats": _formats,
    "baseline": _path,
    "waivers": _waivers,
    "fail_on": _levels,
}
