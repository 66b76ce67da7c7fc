"""TOML tables read key by key, with the line of whatever is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.config import closest, line_of, toml_error
from iamsim.errors import InputError
from iamsim.model.origin import Origin

LIMIT = 1 << 20
"""A manifest larger than this many characters is refused."""


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text and what a person calls it."""

    name: str
    text: str

    def line(self, header: str, nth: int = 0, key: str = "") -> int | None:
        """The line of the `nth` (from 0) header `header`, or of `key` below it where it is found; no header is line 1."""
        found = line_of(self.text, header, key, nth) if key else None
        return found or (line_of(self.text, header, nth=nth) if header else 1)


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table of a document, with the place its header stands at.

    `header` is the header as written, spaces dropped, `nth` which one of several alike; `what` is what a person calls
    the table. Every getter raises `InputError` for a value of another type.
    """

    values: Mapping[str, Any]
    document: Document
    what: str
    header: str = ""
    nth: int = 0
    path: str = field(default="")

    def origin(self, key: str = "") -> Origin:
        """Where the table, or `key` in it, is written."""
        return Origin(self.document.name, self.path, self.document.line(self.header, self.nth, key))

    def error(self, message: str, key: str = "", hint: str | None = None) -> InputError:
        """The error to raise about the table, or about `key` in it."""
        return InputError(f"{message} in {self.what}", hint=hint, origin=self.origin(key))

    def only(self, *known: str) -> None:
        """Raise `InputError` for a key that is none of `known`."""
        for key in self.values:
            if key not in known:
                raise self.error(f"unknown key `{key[:60]}`", key, near(key, known))

    def word(self, key: str, known: Iterable[str], default: str) -> str:
        """The word under `key`, one of `known`."""
        return self.known(key, self.text(key, default), known)

    def known(self, key: str, word: str, known: Iterable[str]) -> str:
        """`word`, which was written under `key`, if it is one of `known`."""
        choices = tuple(known)
        if word not in choices:
            raise self.error(f"unknown {key} `{word[:60]}`", key, near(word, choices))
        return word

    def needed(self, key: str) -> str:
        """The text under `key`, which must be there."""
        if not self.text(key):
            raise self.error(f"`{key}` is missing")
        return self.text(key)

    def text(self, key: str, default: str = "") -> str:
        """The text under `key`; one line without control characters."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(f"`{key}` is not a text", key)
        return self._printable(key, value)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The texts under `key`; one text alone is a list of one."""
        value = self.values.get(key)
        if value is None:
            return default
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise self.error(f"`{key}` is not a list of texts", key)
        return tuple(self._printable(key, item) for item in listed)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """The truth value under `key`."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` is not true or false", key)
        return value

    def number(self, key: str, default: int) -> int:
        """The whole number under `key`, from 0."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.error(f"`{key}` is not a whole number from 0", key)
        return value

    def mapping(self, key: str) -> dict[str, tuple[str, ...]]:
        """The names under `key` with their texts; one text alone is a list of one."""
        inner = self.table(key)
        return {name: inner.texts(name) for name in inner.values}

    def table(self, key: str, header: str = "") -> Table:
        """The table under `key`, empty when it is not there; `header` where it has one of its own."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"`{key}` is not a table", key)
        return Table(
            value, self.document, f"`{key}`", header or self.header, 0 if header else self.nth, f"{self.path}/{key}"
        )

    def tables(self, key: str, header: str, what: str, first: int = 0) -> list[Table]:
        """The tables under `key`; `first` counts the headers of the same text that stand before them."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"`{key}` is not a list of tables", key)
        return [
            Table(item, self.document, f"{what} {n + 1}", header, first + n, f"{self.path}/{key}/{n}")
            for n, item in enumerate(value)
        ]

    def _printable(self, key: str, value: str) -> str:
        # Control characters would reach a terminal, and the private-use HOLE has a meaning of its own.
        if not value.isprintable():
            raise self.error(f"`{key}` holds a line break, a control or a private-use character", key)
        return value


def toml(text: str, *, document: str) -> Table:
    """The TOML document `text` as a table; raises `InputError` with the line for anything else."""
    if len(text) > LIMIT:
        raise InputError(f"the file is larger than {LIMIT} characters", origin=Origin(document))
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        wrong = toml_error(text, error)
        origin = Origin(document, line=wrong.line, column=wrong.column)
        raise InputError(f"not valid TOML: {wrong.message}", hint=wrong.hint, origin=origin) from None
    return Table(values, Document(document, text), "the file")


def near(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is none of `known`: the closest one, else all of them."""
    choices = sorted(known)
    shown = ", ".join(choices[:20]) + (", …" if len(choices) > 20 else "")  # noqa: PLR2004 - what fits on a few lines
    return closest(word, choices, f"known are {shown}" if choices else "none is known")
