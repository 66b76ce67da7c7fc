"""The loops of a template, Fn::ForEach: what they go through, and what they make of a section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from iamsim.jsontext import Holed, Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_values import Loops, Piece, below, scalar

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

LOOP = "Fn::ForEach::"
"""The beginning of the key that a loop stands under; the rest of it is the loop's own name."""


def pieces(stack: Stack, members: Mapping[str, Any], at: Pointer, loops: Loops) -> Iterator[tuple[str, Piece]]:
    """The members of a section, those that loops make among them."""
    for name, raw in members.items():
        if name.startswith(LOOP):
            found = rounds(stack, raw, (*at, name), loops)
            if found is None:
                stack.world.say("not seen", clipped(name), "what the loop goes through is not told")
            for round_, body in found or ():
                yield from pieces(stack, body, (*at, name, 2), round_)
        elif name == "Fn::Transform":
            stack.world.say("not seen", f"Fn::Transform in {at[0]}", "only the deploy tells what it adds")
        else:
            stack.world.spend(0, stack, at, _PER_MEMBER)
            yield filled(stack, name, loops), Piece(raw, (*at, name), loops)


def rounds(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> list[tuple[Loops, Mapping[str, Any]]] | None:  # noqa: ANN401 - a template's value
    """
    The rounds of a loop: its identifiers with their values, and its body; None where they are not told.

    Source: AWS CloudFormation Template Reference Guide, "Fn::ForEach".
    """
    if not isinstance(raw, list) or len(raw) != 3 or not isinstance(raw[0], str) or not isinstance(raw[2], dict):  # noqa: PLR2004 - its three parts
        stack.fail("Fn::ForEach takes an identifier, a list and an object", at, "write [Name, [a, b], {…}]")
    found = stack.resolve(raw[1], below(at, 1), loops)
    if found is None or isinstance(found.value, Holed):
        return None
    items = [scalar(item) for item in found.value] if isinstance(found.value, list) else [None]
    if None in items:
        stack.fail("Fn::ForEach goes through a list of texts", at, "write [Name, [a, b], {…}]")
    if any(HOLE in str(item) for item in items):
        return None
    return [({**loops, raw[0]: str(item)}, raw[2]) for item in items]


def filled(stack: Stack, text: str, loops: Loops) -> str:
    """A text with the identifiers of loops filled in; `&{…}` leaves out what a logical id cannot hold."""
    if not loops or "{" not in text:
        return text

    def value_of(match: re.Match[str]) -> str:
        value = loops.get(match[2])
        if value is None:
            return match[0]
        stack.world.spend(len(value), stack, ())
        return value if match[1] == "$" else _NOT_IN_IDS.sub("", value)

    return _IDENTIFIER.sub(value_of, text)


_PER_MEMBER = 20
"""Values that a member of a section is counted for: about what a resource holds."""

_IDENTIFIER = re.compile(r"([$&])\{([A-Za-z0-9]+)\}", re.ASCII)
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]", re.ASCII)
