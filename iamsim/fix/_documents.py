"""A policy as the value that every form writes: nothing secret in it, nothing invisible."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from iamsim import documents, redact
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE

PLACEHOLDER = "\u2039unknown 1\u203a"
"""
What stands for the first hole of a JSON text.

Of characters that no policy may have, so that AWS refuses what was not filled in.
Source: IAM API Reference, PutRolePolicy, PolicyDocument (U+0020 to U+00FF, tab and line ends).
"""


def value(policy: Policy) -> dict[str, Any]:
    """
    The policy as a JSON value, with `HOLE` in the place of a text that looks like a credential.

    Every form writes a hole as a placeholder, so that what must not be shown is filled in as what is not told is.
    """
    found: dict[str, Any] = _shown(documents.document(policy))
    return found


def text(value: Any, *, indent: int | None = 2) -> str:  # noqa: ANN401 - JSON is any of six types
    """JSON on which nothing is invisible: what cannot be printed is an escape. Holes stay."""
    return escaped(json.dumps(value, indent=indent, ensure_ascii=False))


def escaped(words: str) -> str:
    """The JSON text with an escape for every character that shows nothing or steers; line ends and holes stay."""
    if words.isascii() and words.replace("\n", "").isprintable():
        return words
    return _UNSEEN.sub(_escape, words)


def numbered(words: str) -> str:
    """The text with `PLACEHOLDER` and its likes, numbered, for its holes."""
    first, *rest = words.split(HOLE)
    return first + "".join(f"{PLACEHOLDER.replace('1', str(number))}{part}" for number, part in enumerate(rest, 1))


def holes(value: Any) -> int:  # noqa: ANN401 - JSON is any of six types
    """How many pieces of the value are not told."""
    return json.dumps(value, ensure_ascii=False).count(HOLE)


def _shown(value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    if isinstance(value, str):
        return value if redact.text(value) == value else HOLE
    if isinstance(value, Mapping):
        return {_shown(name): _shown(item) for name, item in value.items()}
    return [_shown(item) for item in value]


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character == HOLE or character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


_UNSEEN = re.compile(r"[^\x20-\x7e\n]")
