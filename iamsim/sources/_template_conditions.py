"""The conditions of a template, in three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from iamsim.jsontext import Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_loops import filled
from iamsim.sources._template_values import Loops, below, plain, scalar

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack


def holds(stack: Stack, name: str, at: Pointer) -> bool | None:
    """
    Whether the condition `name` holds; None where that depends on what is not told.

    Raises `InputError` for one that the template does not have and for one that refers to itself.
    """
    if name in stack.judged:
        return stack.judged[name]
    piece = stack.conditions.get(name)
    if piece is None:
        stack.fail(f"there is no condition `{clipped(name)}`", at, "add it to Conditions, or correct the name")
    with stack.world.opened(stack, "the condition", name, piece.at):
        found = judged(stack, piece.raw, piece.at, piece.loops)
    stack.judged[name] = found
    if found is None:
        stack.world.untold(f"condition {clipped(name)}", "what it depends on is not told")
    return found


def judged(stack: Stack, raw: object, at: Pointer, loops: Loops) -> bool | None:
    """
    Whether a condition function holds.

    Source: AWS CloudFormation Template Reference Guide, "Condition functions".
    """
    if not isinstance(raw, Mapping) or len(raw) != 1 or (name := str(next(iter(raw)))) not in _FUNCTIONS:
        stack.fail("is no condition", at, f"write one of {', '.join(_FUNCTIONS)}")
    inside = below(at, name)
    with stack.world.deeper(stack, at):
        stack.world.spend(0, stack, at)
        return _FUNCTIONS[name](stack, raw[name], inside, loops)


def _condition(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> bool | None:  # noqa: ANN401 - a template's value
    if not isinstance(raw, str):
        stack.fail("a condition is named by a text", at, "write its name")
    return holds(stack, filled(stack, raw, loops), at)


def _equals(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> bool | None:  # noqa: ANN401 - as above
    sides = [_side(stack, item, below(at, i), loops) for i, item in enumerate(_several(stack, raw, at, 2, 2))]
    if any(HOLE in side for side in sides):
        return None
    return sides[0] == sides[1]


def _side(stack: Stack, raw: object, at: Pointer, loops: Loops) -> str:
    """One side of a comparison as text; conditions alone may look at what must not be shown."""
    with stack.judging():
        node = stack.resolve(raw, at, loops)
    if node is None:
        return ""
    text = scalar(node)
    return str(text) if text is not None else repr(plain(node))


def _not(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> bool | None:  # noqa: ANN401 - as above
    (only,) = _several(stack, raw, at, 1, 1)
    found = judged(stack, only, below(at, 0), loops)
    return None if found is None else not found


def _and(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> bool | None:  # noqa: ANN401 - as above
    found = [judged(stack, item, below(at, i), loops) for i, item in enumerate(_several(stack, raw, at, 1, _MOST))]
    return False if False in found else None if None in found else True


def _or(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> bool | None:  # noqa: ANN401 - as above
    found = [judged(stack, item, below(at, i), loops) for i, item in enumerate(_several(stack, raw, at, 1, _MOST))]
    return True if True in found else None if None in found else False


def _several(stack: Stack, raw: Any, at: Pointer, least: int, most: int) -> list[Any]:  # noqa: ANN401 - as above
    if not isinstance(raw, list) or not least <= len(raw) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        stack.fail(f"takes a list of {count} values", at, "see Condition functions in CloudFormation's reference")
    return raw


_MOST = 10
_FUNCTIONS: Mapping[str, Callable[[Stack, Any, Pointer, Loops], bool | None]] = {
    "Fn::And": _and,
    "Fn::Or": _or,
    "Fn::Not": _not,
    "Fn::Equals": _equals,
    "Condition": _condition,
}
