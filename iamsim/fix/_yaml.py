"""YAML for CloudFormation, in which no text is ever more than text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.model.principal import HOLE


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a parameter or resource."""

    name: str


@dataclass(slots=True)
class Writer:
    """Writes values; `parameters` are the names given to what is not told, in the order in which it is written."""

    parameters: list[str] = field(default_factory=list)

    def lines(self, value: Mapping[str, Any] | list[Any], depth: int = 0) -> list[str]:
        """The lines of an object or list that is not empty."""
        pad = "  " * depth
        if isinstance(value, Mapping):
            return [
                line for name, item in value.items() for line in self._member(f"{pad}{_text(name)}:", item, depth + 1)
            ]
        found: list[str] = []
        for item in value:
            if isinstance(item, Mapping | list):
                first, *rest = self.lines(item, depth + 1)
                found += [f"{pad}- {first.lstrip(' ')}", *rest]
            else:
                found.append(f"{pad}- {self._scalar(item)}")
        return found

    def _member(self, head: str, item: Any, depth: int) -> Iterable[str]:  # noqa: ANN401 - JSON is any of six types
        if isinstance(item, Mapping | list) and item:
            return [head, *self.lines(item, depth)]
        return [f"{head} {self._scalar(item)}"]

    def _scalar(self, item: Any) -> str:  # noqa: ANN401 - JSON is any of six types
        if isinstance(item, Ref):
            return f"!Ref {item.name}"
        if not isinstance(item, str):
            return "[]" if isinstance(item, list) else "{}"
        first, *rest = item.split(HOLE)
        if not rest:
            # A policy variable is plain text outside of Fn::Sub.
            return _text(item)
        # Source: AWS CloudFormation Template Reference Guide, "Fn::Sub": `${!` is a literal `${`.
        parts = [_literal(first), *(f"${{{self._parameter()}}}{_literal(part)}" for part in rest)]
        return f"!Sub {_quoted(''.join(parts))}"

    def _parameter(self) -> str:
        self.parameters.append(f"Unknown{len(self.parameters) + 1}")
        return self.parameters[-1]


def _literal(words: str) -> str:
    return words.replace("${", "${!")


def _text(words: str) -> str:
    return words if _PLAIN.fullmatch(words) and words.lower() not in _WORDS else _quoted(words)


def _quoted(words: str) -> str:
    return '"' + _SPECIAL.sub(_escape, words) + '"'


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if found in _SHORT:
        return _SHORT[found]
    if found.isprintable():
        return found
    code = ord(found)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what two and four digits hold


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\]|[^\x20-\x7e]')
# Nothing that YAML reads as another type, as an indicator, or as the end of a text.
_PLAIN = re.compile(r"[A-Za-z](?:[\w./@+=-]|[:*](?=\S))*[\w/*]|[A-Za-z]", re.ASCII)
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
