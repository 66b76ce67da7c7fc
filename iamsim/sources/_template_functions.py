"""The intrinsic functions of a template."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from iamsim.jsontext import Holed, Number, Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_conditions import holds
from iamsim.sources._template_loops import LOOP, filled
from iamsim.sources._template_references import attribute, ref
from iamsim.sources._template_values import UNTOLD, Loops, Node, below, json_of, made, plain, scalar, shown

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

Function = Callable[["Stack", Any, Pointer, Loops], Node | None]


def is_function(raw: Mapping[str, Any]) -> bool:
    """Whether an object of a template is a call of a function: its only name tells."""
    name = next(iter(raw), "") if len(raw) == 1 else ""
    return name == "Ref" or (name.startswith("Fn::") and not name.startswith(LOOP))


def call(stack: Stack, raw: Mapping[str, Any], at: Pointer, loops: Loops) -> Node | None:
    """
    What a function gives; None for AWS::NoValue.

    A function that only the deploy can answer, or that is not known here, gives `UNTOLD`. Raises
    `InputError` for arguments of the wrong shape.
    Source: AWS CloudFormation Template Reference Guide, "Intrinsic function reference".
    """
    name = next(iter(raw))
    inside = below(at, name)
    if name not in FUNCTIONS:
        stack.world.untold(clipped(name), "only the deploy tells what it gives")
        return Node(UNTOLD, at)
    found = FUNCTIONS[name](stack, raw[name], inside, loops)
    # What stands there is the call, wherever the value came from.
    return None if found is None else Node(found.value, found.at if name == "Fn::If" else at)


# ---------------------------------------------------------------- one by one


def _ref(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node | None:  # noqa: ANN401 - a template's value
    if not isinstance(raw, str):
        stack.fail("Ref takes a name", at, "write the name of a parameter or the logical id of a resource")
    return ref(stack, filled(stack, raw, loops), at, loops)


def _get_att(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    if isinstance(raw, str):
        parts: list[str] = filled(stack, raw, loops).split(".", 1)
    elif isinstance(raw, list) and len(raw) > 1:
        parts = [_text(stack, item, below(at, i), loops) for i, item in enumerate(raw)]
        parts = [parts[0], ".".join(parts[1:])]
    else:
        parts = []
    if len(parts) != 2:  # noqa: PLR2004 - a resource and its attribute
        stack.fail("Fn::GetAtt takes a logical id and an attribute", at, "write Resource.Attribute")
    if any(HOLE in part for part in parts):
        return Node(UNTOLD, at)
    return attribute(stack, parts[0], parts[1], at)


def _sub(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    text, variables = raw, {}
    if isinstance(raw, list) and len(raw) == 2 and isinstance(raw[1], Mapping):  # noqa: PLR2004 - the form with variables
        text, variables = raw
    if not isinstance(text, str):
        stack.fail("Fn::Sub takes a text, or a list of a text and an object", at, "write the text first")
    inside = below(at, 1)

    def value_of(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in variables:
            return _piece(stack, stack.resolve(variables[name], below(inside, name), loops), at)
        if "." in name and name not in stack.parameters:
            return _piece(stack, _get_att(stack, name, at, loops), at)
        return _piece(stack, ref(stack, name, at, loops), at)

    whole = _VARIABLE.sub(value_of, filled(stack, text, loops))
    return _counted(stack, whole, at)


def _join(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    if not isinstance(raw, list) or len(raw) != 2 or not isinstance(raw[0], str):  # noqa: PLR2004 - delimiter and values
        stack.fail("Fn::Join takes a delimiter and a list", at, 'write ["", [one, two]]')
    found = stack.resolve(raw[1], below(at, 1), loops)
    if found is None or isinstance(found.value, Holed):
        return Node(UNTOLD, at)
    if not isinstance(found.value, list):
        stack.fail("Fn::Join takes a delimiter and a list", at, 'write ["", [one, two]]')
    return _counted(stack, raw[0].join(_piece(stack, item, at) for item in found.value), at)


def _select(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node | None:  # noqa: ANN401 - as above
    index, found = _pair(stack, raw, at, loops, "Fn::Select takes an index and a list")
    if index is None or found is None or isinstance(index.value, Holed) or isinstance(found.value, Holed):
        return Node(UNTOLD, at)
    number = scalar(index)
    if not isinstance(found.value, list) or number is None or not _INDEX.fullmatch(number):
        stack.fail("Fn::Select takes an index and a list", at, "write [0, [one, two]]")
    if int(number) >= len(found.value):
        stack.fail(f"Fn::Select asks for item {number} of {len(found.value)}", at, "indexes begin with 0")
    return found.value[int(number)]


def _split(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    delimiter, found = _pair(stack, raw, at, loops, "Fn::Split takes a delimiter and a text")
    mark = scalar(delimiter) if delimiter is not None else None
    text = scalar(found) if found is not None else None
    if not mark or text is None:
        stack.fail("Fn::Split takes a delimiter and a text", at, 'write [",", text]')
    if HOLE in text or HOLE in mark:
        # The delimiter may be in the hole.
        return Node(UNTOLD, at)
    stack.world.spend(len(text) + _PER_PART * text.count(mark), stack, at)
    return Node([Node(part, at) for part in text.split(mark)], at)


def _find_in_map(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node | None:  # noqa: ANN401 - as above
    if not isinstance(raw, list) or len(raw) not in (3, 4):
        stack.fail("Fn::FindInMap takes a map and two keys", at, "write [Map, TopKey, SecondKey]")
    keys = [_text(stack, item, below(at, i), loops) for i, item in enumerate(raw[:3])]
    default = raw[3].get("DefaultValue") if len(raw) > 3 and isinstance(raw[3], Mapping) else None  # noqa: PLR2004 - behind the keys
    if any(HOLE in key for key in keys):
        return Node(UNTOLD, at)
    found: Any = stack.mappings
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
        if found is None:
            break
    if found is None and "Fn::Transform" in stack.mappings:
        stack.world.untold("Fn::Transform", "only the deploy tells what it gives")
        return Node(UNTOLD, at)
    if found is None and default is not None:
        return stack.resolve(default, below(below(at, 3), "DefaultValue"), loops)
    if found is None:
        path = ".".join(clipped(key) for key in keys)
        stack.fail(f"there is no `{path}` in Mappings", at, "add it, or give a default with AWS::LanguageExtensions")
    return stack.resolve(found, at, loops)


def _if(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node | None:  # noqa: ANN401 - as above
    if not isinstance(raw, list) or len(raw) != 3 or not isinstance(raw[0], str):  # noqa: PLR2004 - condition and branches
        stack.fail("Fn::If takes the name of a condition and two values", at, "write [Condition, then, else]")
    chosen = holds(stack, filled(stack, raw[0], loops), at)
    if chosen is not None:
        branch = 1 if chosen else 2
        return stack.resolve(raw[branch], below(at, branch), loops)
    one, other = (stack.resolve(raw[i], below(at, i), loops) for i in (1, 2))
    if one is not None and other is not None and plain(one) == plain(other):
        return one
    return Node(UNTOLD, at)


def _import_value(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    name = _text(stack, raw, at, loops)
    found = None if HOLE in name else stack.exported(name, at)
    if found is None:
        stack.world.untold(f"Fn::ImportValue {clipped(shown(name))}", "no stack that was read exports it")
        return Node(UNTOLD, at)
    return found


def _base64(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    text = _text(stack, raw, at, loops)
    if HOLE in text:
        return Node(UNTOLD, at)
    return _counted(stack, base64.b64encode(text.encode()).decode("ascii"), at)


def _length(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    found = stack.resolve(raw, at, loops)
    if found is None or isinstance(found.value, Holed):
        return Node(UNTOLD, at)
    if not isinstance(found.value, list | dict):
        stack.fail("Fn::Length takes a list", at, "write [one, two]")
    return Node(Number(len(found.value)), at)


def _to_json_string(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401 - as above
    found = stack.resolve(raw, at, loops)
    if found is None or not isinstance(found.value, list | dict):
        return Node(UNTOLD, at)
    try:
        text = json.dumps(json_of(_bare(found)), separators=(",", ":"), ensure_ascii=False)
    except ValueError:  # Python writes no number of more than 4,300 digits.
        stack.fail("holds a number with too many digits", at, "write a plain number")
    return _counted(stack, text, at)


def _deploy(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> Node:  # noqa: ANN401, ARG001 - one shape for all functions
    """Availability zones, ranges of addresses and macros: none of them is told here."""
    stack.world.untold(str(at[-1]), "only the deploy tells what it gives")
    return Node(UNTOLD, at)


FUNCTIONS: Mapping[str, Function] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::GetAZs": _deploy,
    "Fn::Cidr": _deploy,
    "Fn::Transform": _deploy,
}


# ---------------------------------------------------------------- helpers

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_INDEX = re.compile(r"\d{1,9}", re.ASCII)


_PER_PART = 50
"""Characters that a part of a text is counted for: about the memory that it takes."""


def _counted(stack: Stack, text: str, at: Pointer) -> Node:
    stack.world.spend(len(text), stack, at)
    return Node(made(text), at)


def _piece(stack: Stack, node: Node | None, at: Pointer) -> str:
    """A value as a part of a text; a list among the parts is only known to CloudFormation as an error."""
    text = scalar(node) if node is not None else ""
    if text is None:
        stack.fail("a text is put together of something that is no text", at, "name texts, numbers and flags")
    stack.world.spend(len(text), stack, at)
    return text


def _text(stack: Stack, raw: Any, at: Pointer, loops: Loops) -> str:  # noqa: ANN401 - as above
    """The text that an argument is; a hole where it is not told."""
    node = stack.resolve(raw, at, loops)
    text = scalar(node) if node is not None else None
    if text is None:
        stack.fail("expected text", at, "write a text or a function that gives one")
    return text


def _pair(stack: Stack, raw: Any, at: Pointer, loops: Loops, message: str) -> tuple[Node | None, Node | None]:  # noqa: ANN401 - as above
    if not isinstance(raw, list) or len(raw) != 2:  # noqa: PLR2004 - a pair
        stack.fail(message, at, "see CloudFormation's reference")
    return stack.resolve(raw[0], below(at, 0), loops), stack.resolve(raw[1], below(at, 1), loops)


def _bare(node: Node) -> Any:  # noqa: ANN401 - as above
    value = node.value
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items()}
    return [_bare(item) for item in value] if isinstance(value, list) else value
