"""Values of a template whose functions are resolved, each with the place that it was written at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.jsontext import Holed, Number, Pointer
from iamsim.model.principal import HOLE

Loops = Mapping[str, str]
"""The identifiers of the Fn::ForEach loops around a value, and what stands for each in this round."""

NO_LOOPS: Loops = {}


class Fixed(tuple[str | int, ...]):
    """A place for a value that was written by nobody: everything in it stands there too."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Node:
    """
    A resolved value: an object or a list of such, a text, a number, a flag or nothing.

    `at` is the pointer into the template. `UNTOLD` as value stands for one of which nothing is known, also
    where an object or a list belongs.
    """

    value: dict[str, Node] | list[Node] | str | bool | None
    at: Pointer


UNTOLD = Holed(HOLE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A member of a section as written; `property`, of a resource that a transform makes, gives its properties."""

    raw: Any
    at: Pointer
    loops: Loops = field(default_factory=dict)
    type: str = ""
    property: Callable[[str], Node | None] | None = None


@dataclass(frozen=True, slots=True)
class Deploy:
    """
    Where and how a template is deployed; texts that are not told are `UNTOLD`.

    `parameters` are the values given; `name` is the stack's. `prefix` stands before the stand-in of a
    name that CloudFormation makes. `maybe` says why it is not known whether the stack is there at all.
    """

    account: str
    region: str
    partition: str
    name: str = UNTOLD
    parameters: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    maybe: str = ""


def below(at: Pointer, step: str | int) -> Pointer:
    """The place of a member."""
    return at if isinstance(at, Fixed) else (*at, step)


def made(text: str) -> str:
    """
    A text put together by functions, as `Holed` where a piece of it is not told.

    A dynamic reference, `{{resolve:SERVICE:REFERENCE}}`, is only looked up in the deploy.
    Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".
    """
    if "{{resolve:" in text:
        text = _DYNAMIC.sub(HOLE, text)
    return Holed(text) if HOLE in text else text


def scalar(node: Node) -> str | None:
    """The text that a function takes a scalar for; None for objects, lists and nothing."""
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def shown(text: str) -> str:
    """A text for people, with a mark for what is not told."""
    return text.replace(HOLE, "‹unknown›")  # noqa: RUF001 - as renderers show it


def plain(node: Node) -> Any:  # noqa: ANN401 - JSON is any of six types
    """The bare value; a number becomes the text that CloudFormation sends in its place."""
    value = node.value
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Number) else value


def place(node: Node, pointer: Pointer) -> Pointer:
    """Where in the template the part of the value at `pointer` stands; of one that is not there, the part around it."""
    for step in pointer:
        members: Any = node.value
        inside = isinstance(members, dict) if isinstance(step, str) else isinstance(members, list)
        if not inside or not isinstance(members, dict | list):
            break
        found = members.get(step) if isinstance(members, dict) else members[step]  # type: ignore[index]  # as `inside` tells
        if found is None:
            break
        node = found
    return node.at


def json_of(value: object) -> Any:  # noqa: ANN401 - as above
    """The value for `json.dumps`: numbers as numbers."""
    if isinstance(value, dict):
        return {name: json_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [json_of(item) for item in value]
    if isinstance(value, Number):
        return float(value) if any(mark in value for mark in ".eE") else int(value)
    return value


def generated(value: object, at: Pointer) -> Node:
    """A value that stands in no template, at the place that it was made for."""
    at = Fixed(at)
    if isinstance(value, Mapping):
        return Node({made(str(name)): _inside(item, at) for name, item in value.items()}, at)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return Node([_inside(item, at) for item in value], at)
    if isinstance(value, str):
        return Node(made(value), at)
    return Node(value if isinstance(value, bool) else None, at)


def _inside(value: object, at: Pointer) -> Node:
    return value if isinstance(value, Node) else generated(value, at)


_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
