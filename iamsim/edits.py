"""Edits of JSON text that leave everything else as it is written: spaces, order, ways of writing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NoReturn

from iamsim.errors import InputError
from iamsim.jsontext import Places, load
from iamsim.model.finding import TextEdit

_INDENT = re.compile(r"[ \t]*")


def edited(text: str, edits: Iterable[TextEdit], document: str, most: int | None = None) -> str:
    """
    `text` after the edits, made one after the other.

    Raises `InputError` for text that is not JSON, and for an edit of what is not there.
    """
    windows = 0 < text.count("\n") == text.count("\r\n")
    for edit in edits:
        load(text, document, most)
        text = _Editor(text, document).made(edit)
    # No text in JSON holds a line end as it is.
    return text.replace("\r\n", "\n").replace("\n", "\r\n") if windows else text


def parsed(pointer: str) -> tuple[str, ...]:
    """The parts of an RFC 6901 pointer, as texts."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


class _Editor:
    def __init__(self, text: str, document: str) -> None:
        self.text = text
        self.document = document
        self.places = Places(text, document)

    def made(self, edit: TextEdit) -> str:
        parts = parsed(edit.pointer)
        if not parts:
            if edit.value is None:
                self.refuse(edit)
            return self.text[: self.places.start(())] + str(edit.value) + "\n"
        container, name = self.container(parts, edit)
        members = list(self.places.members(container))
        found = next((i for i, (key, _, _) in enumerate(members) if str(key) == name), None)
        if edit.value is None:
            if found is None:
                self.refuse(edit)
            return self.without(container, members, found)
        if found is not None:
            _, _, begins = members[found]
            return self.text[:begins] + self.laid_out(edit.value, begins) + self.text[self.end(begins) :]
        return self.added(container, members, name, edit)

    def container(self, parts: tuple[str, ...], edit: TextEdit) -> tuple[int, str]:
        """Where the container of the last part begins, and that part."""
        at = self.places.start(())
        for part in parts[:-1]:
            values = {str(key): value for key, _, value in self.places.members(at)}
            if part not in values:
                self.refuse(edit)
            at = values[part]
        if self.text[at : at + 1] not in ("{", "["):
            self.refuse(edit)
        return at, parts[-1]

    def end(self, begins: int) -> int:
        """The offset behind the value that begins at `begins`."""
        _, end = json.JSONDecoder().raw_decode(self.text, begins)
        return end

    def without(self, container: int, members: list[tuple[str | int, int, int]], at: int) -> str:
        """The text without one member, and without the comma and the line that were its own."""
        begins, ends = members[at][1], self.end(members[at][2])
        if at + 1 < len(members):
            return self.text[:begins] + self.text[members[at + 1][1] :]
        if at > 0:
            return self.text[: self.end(members[at - 1][2])] + self.text[ends:]
        closing = self.end(container) - 1
        return self.text[: container + 1] + self.text[closing:]

    def added(self, container: int, members: list[tuple[str | int, int, int]], name: str, edit: TextEdit) -> str:
        """The text with one member more at the end of its container."""
        in_list = self.text[container] == "["
        if in_list and name not in ("-", str(len(members))):
            self.refuse(edit)
        head = "" if in_list else f"{json.dumps(name, ensure_ascii=False)}: "
        if not members:
            closing = self.end(container) - 1
            return f"{self.text[: container + 1]}{head}{edit.value}{self.text[closing:]}"
        last, ends = members[-1][1], self.end(members[-1][2])
        line = self.text.rfind("\n", container, last)
        between = ", " if line < 0 else f",\n{self.indent(line + 1)}"
        return f"{self.text[:ends]}{between}{head}{self.laid_out(str(edit.value), last)}{self.text[ends:]}"

    def laid_out(self, value: str, at: int) -> str:
        """A value of several lines as it stands at the indentation of the line of `at`."""
        if "\n" not in value:
            return value
        indent = self.indent(self.text.rfind("\n", 0, at) + 1)
        return value.replace("\n", f"\n{indent}")

    def indent(self, line: int) -> str:
        match = _INDENT.match(self.text, line)
        return match[0] if match else ""

    def refuse(self, edit: TextEdit) -> NoReturn:
        raise InputError(
            f"there is nothing to edit at `{edit.pointer[:120]}`",
            hint="lint the file again: it has changed since",
            origin=self.places.origin(()),
        )
