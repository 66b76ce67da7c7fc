"""What lists, dicts and whatever else holds values give: walked over, indexed, cut, added to."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import guarded, joined, options, ways
from iamsim.tools.infer.conditions import compared
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Answer, Collection
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Claim,
    Claims,
    Class,
    Const,
    Env,
    Func,
    Iter,
    Managed,
    Method,
    Module,
    Obj,
    Outside,
    Partial,
    Seq,
    Text,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


MOST_ITEMS = 400
"""Of a longer list in the source the items are one."""


def items(walk: Interpreter, value: Value, frame: Frame, node: ast.AST) -> list[Value]:
    """What walking over `value` gives, one by one where that is known; else each once."""
    found: list[Value] = []
    for option in options(value):
        match option:
            case Seq(items=listed):
                found += listed
            case Iter(item=item):
                found.append(item)
            case Obj(kind="list"):
                found += walk.heap.get(option, {}).values()
            case Obj(kind="dict"):
                found += [UNKNOWN if name in ("*", "**") else const(name) for name in walk.heap.get(option, {})]
            case Obj(kind=kind) if kind.isdigit():
                method = walk.objects.member(option, "__iter__", frame, node) or walk.objects.member(
                    option, "__aiter__", frame, node
                )
                if method is not None:
                    found += items(walk, walk.call(method, Given(), frame, node), frame, node)
                else:
                    found.append(UNKNOWN)
            case Arg():
                found.append(Arg(option.name))
            case Collection():
                found.append(walk.library.sdk.resources.item(option, frame, node))
            case Class(id=number):
                found += [
                    value
                    for name, value in walk.classes[number].members.items()
                    if not name.startswith("_") and isinstance(value, Const)
                ]
            case Const(kind="NoneType"):
                pass
            case _:
                found.append(UNKNOWN)
    return found if len(found) <= MOST_ITEMS else [joined(found)]


def sliced(value: Value, *, start: bool) -> Value:
    """
    A part of a list or a text: of a list its items.

    Of an argument, which may be either, the first part (`start`) is taken for the argument, any other is not known.
    """
    kept = (Seq, Iter, Obj, Collection) if not start else (Seq, Iter, Obj, Collection, Arg, Text, Claim)
    return joined(option if isinstance(option, kept) else UNKNOWN for option in options(value))


def subscripted(walk: Interpreter, value: Value, index: Value, frame: Frame, node: ast.AST) -> Value:
    """What `value[index]` stands for."""
    keys = options(index)
    if walk.strict and UNKNOWN in keys and any(isinstance(key, Const) and key.kind == "str" for key in keys):
        # A table of a low-level server: what is looked up is the tool that was found by its name.
        keys = tuple(key for key in keys if key != UNKNOWN)
    return joined(
        found if condition is None else guarded(condition, found)
        for condition, owner in ways(value)
        for key in keys
        for found in (_indexed(walk, owner, key, frame, node),)
    )


def chosen(walk: Interpreter, owner: Obj, key: Value) -> Value:
    """What a dict holds under a key that an argument or a setting gives: each of its values where the key is its own."""
    fields = walk.heap.get(owner, {})
    if not isinstance(key, (Arg, Env)) or "*" in fields or "**" in fields:
        return field_of(walk, owner, None)
    tests = {name: compared(key, ast.Eq(), const(name), f"{key.name} == {name!r}", walk) for name in fields}
    return joined(guarded(tests[name].condition, value) for name, value in fields.items())


def field_of(walk: Interpreter, obj: Obj, name: str | int | None) -> Value:
    """What a dict may hold under `name`; of an unknown one, anything in it."""
    fields = walk.heap.get(obj, {})
    if name is not None and str(name) in fields:
        return fields[str(name)]
    if name is not None and "**" in fields:
        return Arg(str(name))
    if name is not None:
        return fields.get("*", UNKNOWN)
    return joined(fields.values())


def updated(walk: Interpreter, obj: Obj, value: Value, *, maybe: bool) -> None:
    """Adds the fields of `value` to a dict."""
    several = options(value)
    for option in several:
        if isinstance(option, Obj) and option.kind in ("dict", "list"):
            for name, field in list(walk.heap.get(option, {}).items()):
                unsure = maybe or len(several) > 1 or (option, name) in walk.maybe
                walk.set(obj, name if option.kind == "dict" else "*", field, maybe=unsure)
        elif option != NONE:
            walk.set(obj, "*", UNKNOWN)


def apart(walk: Interpreter, over: Value, listed: Sequence[Value]) -> bool:
    """Whether the items of a loop are followed one by one: few, or functions and the like that belong to their names."""
    if len(listed) <= 1 or not all(isinstance(option, (Seq, Obj, Iter, Class)) for option in options(over)):
        return False
    if len(listed) <= 8:  # noqa: PLR2004 - short lists cost little
        return True
    return any(_is_code(walk, each) for each in listed)


def _indexed(walk: Interpreter, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
    name = key.value if isinstance(key, Const) else None
    if key == NONE:
        return UNKNOWN
    match owner:
        case Seq(items=listed):
            if isinstance(name, int) and -len(listed) <= name < len(listed):
                return listed[name]
            return joined(listed)
        case Iter(item=item):
            return item
        case Obj(kind="list"):
            fields = walk.heap.get(owner, {})
            if isinstance(name, int) and name >= 0 and str(name) in fields:
                return fields[str(name)]
            return joined(fields.values())
        case Obj(kind="dict"):
            return field_of(walk, owner, name) if isinstance(name, (str, int)) else chosen(walk, owner, key)
        case Obj(kind=kind) if kind.isdigit():
            method = walk.objects.member(owner, "__getitem__", frame, node)
            if method is not None:
                return walk.call(method, Given([key]), frame, node)
            return walk.get(owner, name) or UNKNOWN if isinstance(name, str) else UNKNOWN
        case Obj():
            return walk.get(owner, name) or UNKNOWN if isinstance(name, str) else UNKNOWN
        case Args():
            return Arg(name) if isinstance(name, str) else UNKNOWN
        case Arg():
            return Arg(f"{owner.name}.{name}") if isinstance(name, str) and name.isidentifier() else Arg(owner.name)
        case Claims():
            return Claim(name) if isinstance(name, str) else UNKNOWN
        case Answer(operation=operation, path=path, call=call):
            return Answer(operation, (*path, name), call) if isinstance(name, str) and len(path) < 6 else UNKNOWN  # noqa: PLR2004
        case Outside() | Method() | Class():
            return walk.library.indexed(owner, key, frame, node)
        case _:
            return UNKNOWN


def _is_code(walk: Interpreter, value: Value) -> bool:
    if isinstance(value, Seq):
        return any(_is_code(walk, each) for each in value.items)
    if isinstance(value, Obj):
        return value.kind.isdigit() or any(
            isinstance(each, (Func, Class, Partial)) for each in walk.heap.get(value, {}).values()
        )
    return isinstance(value, (Func, Class, Partial, Managed, Module))
