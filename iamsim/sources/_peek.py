"""What kind of document a file is, by the names at its top; nothing is parsed."""

from __future__ import annotations

import re
from pathlib import Path

from iamsim.jsontext import STRING

_LOOKED_AT = 1024 * 1024
"""Bytes of a file that are looked at; where those do not tell, its source has to be named."""


def names(path: Path) -> frozenset[str]:
    """
    The names at the top of a JSON or YAML file, as far as its first megabyte has them; empty for anything else.

    Never raises: what the file really is, the source that takes it for its own will say.
    """
    try:
        if not path.is_file():
            return frozenset()
        with path.open("rb") as file:
            text = file.read(_LOOKED_AT).decode("utf-8", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(_of_json(text) if text.lstrip().startswith("{") else _AT_MARGIN.findall(text))


_AT_MARGIN = re.compile(r"""^["']?([A-Za-z_][\w.-]{0,100})["']?[ \t]*:(?=\s|$)""", re.MULTILINE)
_TOKEN = re.compile(rf"{STRING}|[\[\]{{}}:]", re.DOTALL)


def _of_json(text: str) -> list[str]:
    found: list[str] = []
    depth, last = 0, ""
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == ":":
            if depth == 1:
                found.append(last[1:-1])
        else:
            last = mark
    return found
