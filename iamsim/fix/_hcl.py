"""HCL as `terraform fmt` leaves it, in which no text is ever more than text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.model.principal import HOLE

Member = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that stands as it is: a reference such as `aws_iam_role.server.name`. It is made of checked names only."""

    text: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value that stands as `jsonencode(…)`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Nested:
    """A block inside a block."""

    members: tuple[Member, ...]


@dataclass(slots=True)
class Writer:
    """
    Writes blocks; `variables` are the names given to what is not told, in the order in which it is written.

    `taken`: how many such names other blocks of the same module have.

    Source: Terraform language, "Strings and Templates" (`$${` and `%%{` are literal), "Style Conventions".
    """

    taken: int = 0
    variables: list[str] = field(default_factory=list)

    def block(self, kind: str, labels: Iterable[str], members: Iterable[Member]) -> str:
        """A block; a member without a name is a comment."""
        head = " ".join((kind, *(f'"{label}"' for label in labels)))
        return "\n".join((f"{head} {{", *self._members(members, 1), "}", ""))

    def declared(self) -> str:
        """The blocks that declare the variables, each of which has to be given a value; empty for none."""
        told = (
            ("description", "What the inputs did not tell, or what must not be shown."),
            ("type", Expression("string")),
        )
        return "".join(f"{Writer().block('variable', [name], told)}\n" for name in self.variables)

    def text(self, words: str) -> str:
        """A quoted text, with a variable for each hole."""
        first, *rest = words.split(HOLE)
        return '"' + _quoted(first) + "".join(f"${{var.{self._variable()}}}{_quoted(part)}" for part in rest) + '"'

    def _variable(self) -> str:
        self.variables.append(f"unknown_{self.taken + len(self.variables) + 1}")
        return self.variables[-1]

    def _members(self, members: Iterable[Member], depth: int) -> list[str]:
        """The lines of a block or object; the equals signs of neighbours on one line each stand below each other."""
        lines: list[tuple[str, str]] = []
        for name, value in members:
            if not name:
                lines.append(("", f"# {value}"))
            elif isinstance(value, Nested):
                inner = "\n".join((*self._members(value.members, depth + 1), "  " * depth + "}"))
                lines.append(("", f"{name} {{\n{inner}"))
            else:
                lines.append((name, self._value(value, depth)))
        found: list[str] = []
        for start, end in _runs(lines):
            width = max((len(name) for name, _ in lines[start:end]), default=0)
            found += [
                f"{'  ' * depth}{name:<{width}} = {value}" if name else "  " * depth + value
                for name, value in lines[start:end]
            ]
        return found

    def _value(self, value: Any, depth: int) -> str:  # noqa: ANN401 - JSON is any of six types
        if isinstance(value, Expression):
            return value.text
        if isinstance(value, Encoded):
            return f"jsonencode({self._value(value.value, depth)})"
        if value == HOLE:
            return f"var.{self._variable()}"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            members = [(self._name(name), item) for name, item in value.items()]
            return "\n".join(("{", *self._members(members, depth + 1), "  " * depth + "}"))
        return self._list(value, depth)

    def _name(self, name: str) -> str:
        return name if _IDENTIFIER.fullmatch(name) else self.text(name)

    def _list(self, items: Iterable[Any], depth: int) -> str:
        shown = [self._value(item, depth + 1) for item in items]
        line = f"[{', '.join(shown)}]"
        if len(line) <= _WIDTH and "\n" not in line:
            return line
        inner = "  " * (depth + 1)
        return "\n".join(("[", *(f"{inner}{item}," for item in shown), "  " * depth + "]"))


def label(words: str) -> str:
    """A name for a block that is made of other words."""
    found = re.sub(r"[^A-Za-z0-9_]+", "_", words).strip("_")[:_LABEL] or "policy"
    return found if not found[0].isdigit() else f"_{found}"


def _runs(lines: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """Neighbours whose equals signs stand below each other: attributes on one line."""
    found: list[tuple[int, int]] = []
    start = 0
    for at, (name, value) in enumerate(lines):
        if not name or "\n" in value:
            found += [(start, at), (at, at + 1)]
            start = at + 1
    return [(start, end) for start, end in (*found, (start, len(lines))) if start < end]


def _quoted(words: str) -> str:
    return _SPECIAL.sub(_escape, words)


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if found in _SHORT:
        return _SHORT[found]
    if found[-1] == "{":
        # A marker before another one would belong to it: `$$${` is read from the left.
        return "".join(f"\\u{ord(mark):04x}" for mark in found[:-2]) + found[-2] * 2 + "{"
    if found.isprintable():
        return found
    code = ord(found)
    # No text of a policy has half a character; a saved report may.
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits hold


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\]|[$%]+\{|[^\x20-\x7e]')
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WIDTH = 90
_LABEL = 64
