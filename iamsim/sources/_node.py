"""One value of a document that was read, with its place: what answers and items are taken apart with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import unquote

from iamsim import documents, jsontext
from iamsim.errors import InputError
from iamsim.jsontext import Number, Pointer, short, written
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value, None where there is none; `at` leads to it, and `place` tells where what stands.

    A value of another type than asked for is an `InputError` with its place.
    """

    value: Any
    place: Callable[[Pointer], Origin]
    at: Pointer = ()

    @property
    def origin(self) -> Origin:
        """Where the value stands."""
        return self.place(self.at)

    def fail(self, message: str, hint: str) -> NoReturn:
        """Raises the error that names the place."""
        raise InputError(f"{message} (at `{written(short(self.at)) or '/'}`)", hint=hint, origin=self.origin)

    def get(self, *names: str) -> Node:
        """What stands under the names, one inside the other; nothing where one of them is missing."""
        found = self
        for name in names:
            if found.value is not None and not isinstance(found.value, dict):
                found.fail(f"expected an object with `{name}`", "is the file what its command printed?")
            found = Node((found.value or {}).get(name), found.place, (*found.at, name))
        return found

    def has(self, name: str) -> bool:
        """Whether there is such a name, whatever stands under it."""
        return isinstance(self.value, dict) and name in self.value

    def text(self) -> str | None:
        """The text, None where nothing stands."""
        if self.value is None:
            return None
        if not isinstance(self.value, str) or isinstance(self.value, Number):
            self.fail("expected text", "write it in quotes")
        return str(self.value)

    def flag(self) -> bool | None:
        """True or false, also as a text, None where nothing stands."""
        word = {"true": True, "false": False}.get(self.value, self.value) if isinstance(self.value, str) else self.value
        if word is not None and not isinstance(word, bool):
            self.fail("expected true or false", "write it without quotes")
        return word

    def each(self) -> Iterator[Node]:
        """The items of a list; none where nothing stands."""
        if self.value is not None and not isinstance(self.value, list):
            self.fail("expected a list", "is the file what its command printed?")
        for i, item in enumerate(self.value or ()):
            yield Node(item, self.place, (*self.at, i))

    def opened(self) -> Node:
        """The value itself, or what it holds as JSON in a text; places of the latter are those of the text."""
        if not isinstance(self.value, str) or isinstance(self.value, Number):
            return self
        origin = self.origin

        def place(pointer: Pointer) -> Origin:
            return replace(origin, pointer=origin.pointer + written(pointer))

        try:
            return Node(jsontext.load(self.value, origin.document), place)
        except InputError as error:
            raise InputError(f"a text in it {error.message}", hint=error.hint, origin=origin) from None

    def tags(self) -> dict[str, str]:
        """Tags in any of AWS's forms: an object of texts, or a list with Key and Value, capital or not; empty for none."""
        if isinstance(self.value, dict):
            return {name: self.get(name).text() or "" for name in self.value}
        found = {}
        for tag in self.each():
            key, value = (tag.get(word).text() or tag.get(word.capitalize()).text() or "" for word in ("key", "value"))
            if not key:
                tag.fail("a tag without a key", 'write {"Key": "team", "Value": "research"}')
            found[key] = value
        return found

    def policy(self, name: str, arn: str | None = None) -> Policy | None:
        """The policy that stands here as an object, or as text: JSON, or JSON with RFC 3986's escapes as IAM sends it."""
        if self.value is None:
            return None
        if isinstance(self.value, str) and not isinstance(self.value, Number):
            text = unquote(self.value) if self.value.startswith("%") else str(self.value)
            return documents.embedded(text, self.origin, name=name, arn=arn)
        return documents.policy_at(self.value, lambda pointer: self.place(self.at + pointer), name=name, arn=arn)
