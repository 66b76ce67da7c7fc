"""Broken versions of a JSON file: what a source does with each is a load or one line."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from iamsim.errors import InputError, NothingToCheckError
from iamsim.sources import Options, load

STRANGE = "a\n\x1b[2J\x85\u2028b" * 50
STRANGERS: tuple[Any, ...] = (
    None,
    True,
    7,
    1.5,
    "",
    "x",
    STRANGE,
    [],
    ["x"],
    [7],
    [[]],
    {},
    {"x": 1},
    [{}],
)
"""What may stand at any place instead of what belongs there."""

MEGABYTE = 1_000_000
JUNK = {
    "brackets": "[" * MEGABYTE,
    "lists in a list": '{"RoleDetailList": [' + "[" * MEGABYTE,
    "lists behind texts": '{"iamsim_snapshot": ["a", ' * 50_000,
    "objects": '{"RoleDetailList": ' * 50_000,
    "members without end": '{"RoleDetailList": [{' + '"a": [], ' * 50_000,
    "lists without end": '{"RoleDetailList": [' + "[], " * (5 * MEGABYTE),
    "texts without end": '{"RoleDetailList": [' + '"", ' * (5 * MEGABYTE),
    "quotes": '"' * MEGABYTE,
    "backslashes": '"' + "\\" * MEGABYTE,
    "escapes": '{"RoleDetailList": ["' + "\\u0041" * 100_000,
    "digits": "1" * MEGABYTE,
    "minus": "-" * MEGABYTE,
    "blanks": " " * MEGABYTE,
    "lines": "\n" * MEGABYTE,
    "commas": '{"RoleDetailList": [' + "," * MEGABYTE,
    "NaN": '{"RoleDetailList": [NaN]}',
    "Infinity": '{"iamsim_snapshot": -Infinity}',
    "half a character": '{"RoleDetailList": ["\\ud800"]}',
    "a reserved character": '{"RoleDetailList": ["\\ue000"]}',
    "a reserved character as it is": '{"iamsim_snapshot": 1, "hole": "\ue000"}',
    "a mark of the byte order": "\ufeff{}",
    "two values": "{} {}",
    "nothing": "",
    "zeros": "\x00" * MEGABYTE,
}


def variants(value: Any) -> Iterator[Any]:
    """The value with each of its places taken by each stranger, left out, or under another name."""
    for path in _places(value):
        for stranger in STRANGERS:
            yield _with(value, path, stranger)
        if path and isinstance(path[-1], str):
            yield _with(value, path, None, drop=True)
            yield _with(value, path, None, name=STRANGE)
            yield _with(value, path, None, name=f"{path[-1]}{STRANGE}")


def some_variants(value: Any) -> Iterator[Any]:
    """A third of the variants: each stranger somewhere, and each place with some."""
    return islice(variants(value), 0, None, 3)


def truncated(text: str) -> Iterator[str]:
    """The text cut off in some hundred places."""
    return (text[:end] for end in range(0, len(text) - 2, max(1, len(text) // 300)))


def doubled(value: Any) -> Iterator[str]:
    """The text with each key of each object there twice."""
    for path in _places(value):
        if path and isinstance(path[-1], str):
            yield json.dumps(_with(value, path, None, twice=True)).replace("\\u0001", "")


def told(path: Path, source: str, content: str | bytes) -> str:
    """What the source says of the content, one line with the way out; empty where it loads it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    error = _raised(f"{source}:{path}")
    if error is None:
        return ""
    said = str(error)
    assert said.splitlines() == [said]
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", said)
    assert len(said) < 1000
    assert error.hint
    return said


def assert_refused(path: Path, source: str, content: str | bytes) -> None:
    assert told(path, source, content)


def _raised(location: str) -> InputError | NothingToCheckError | None:
    try:
        load(location, Options())
    except (InputError, NothingToCheckError) as error:
        return error
    return None


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _places(member, (*path, name))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from _places(member, (*path, i))


def _with(
    value: Any, path: tuple[str | int, ...], stranger: Any, *, drop: bool = False, twice: bool = False, name: str = ""
) -> Any:
    if not path:
        return stranger
    found = copy.deepcopy(value)
    holder = found
    for part in path[:-1]:
        holder = holder[part]
    if drop:
        del holder[path[-1]]
    elif twice:
        # Two names for Python, one for who reads the text.
        holder[f"{path[-1]}\x01"] = holder[path[-1]]
    elif name:
        holder[name] = holder.pop(path[-1])
    else:
        holder[path[-1]] = stranger
    return found
