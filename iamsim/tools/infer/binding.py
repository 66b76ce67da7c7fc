"""Names that get values: the parameters of a function, and what is assigned to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import concatenated, join, joined, options
from iamsim.tools.infer.containers import items, updated
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Session
from iamsim.tools.infer.source_code import Function
from iamsim.tools.infer.syntax import defaults
from iamsim.tools.infer.values import (
    FALSE,
    TRUE,
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Func,
    Iter,
    Method,
    Module,
    Obj,
    Seq,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


def bind(walk: Interpreter, info: Function, bound: Value | None, given: Given, inner: Frame, definer: Frame) -> None:
    """Gives the parameters of a function their values; what is not given has its default, else UNKNOWN."""
    written = info.node.args
    places = [*written.posonlyargs, *written.args]
    values = [*([bound] if bound is not None else []), *given.args]
    declared = defaults(written)
    rest = dict(given.keywords)
    for number, each in enumerate([*places, *written.kwonlyargs]):
        name = each.arg
        if number < len(values) and number < len(places):
            value = values[number]
        elif name in rest:
            value = rest.pop(name)
            if name in given.maybe and name in declared:
                value = join(
                    value, walk.frameworks.default(evaluate(walk, declared[name], definer), definer, info.node)
                )
        elif given.star is not None and number < len(places):
            value = given.star
        elif name in declared:
            value = walk.frameworks.default(evaluate(walk, declared[name], definer), definer, info.node)
            if given.open:
                value = join(value, UNKNOWN)
        else:
            value = Arg(name) if given.source else UNKNOWN
        inner.locals[name] = UNKNOWN if value == const(...) else value
    if written.vararg is not None:
        extra = values[len(places) :]
        inner.locals[written.vararg.arg] = (
            Seq(tuple(extra)) if given.star is None else Iter(joined([*extra, given.star]))
        )
    if written.kwarg is not None:
        obj = walk.allocate("dict", inner, info.node, "keywords")
        for name, value in rest.items():
            walk.set(obj, name, value, maybe=name in given.maybe)
        if given.open:
            walk.set(obj, "*", UNKNOWN)
        if given.source:
            walk.heap[obj]["**"] = Args()
        inner.locals[written.kwarg.arg] = obj


def assign(walk: Interpreter, target: ast.expr, value: Value, frame: Frame) -> None:
    """Gives what `target` names the value."""
    match target:
        case ast.Name(id=name):
            set_name(walk, name, value, frame)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            _unpacked(walk, parts, value, frame)
        case ast.Starred(value=inner):
            assign(walk, inner, Iter(joined(items(walk, value, frame, target) or [UNKNOWN])), frame)
        case ast.Attribute(value=owner, attr=name):
            if value in (TRUE, FALSE):
                value = walk.scopes.stored(value)
            for each in options(evaluate(walk, owner, frame)):
                if isinstance(each, Obj):
                    walk.set(each, name, value)
                    walk.objects.protocol(each, ("__setattr__",), [const(name), value], frame, target)
                    walk.objects.protocol(each, (f"{name}=",), [value], frame, target)
                    walk.objects.described(each, name, "__set__", [each, value], frame, target)
                elif isinstance(each, Session) and name == "_credentials":
                    walk.library.sdk.credentials.replaced(each, value)
                elif isinstance(each, Class):
                    members = walk.classes[each.id].members
                    members[name] = join(members[name], value) if name in members else value
                elif isinstance(each, Method):
                    walk.set(Obj("attributes", (each,)), name, value)
                elif isinstance(each, Module) and (module := walk.scopes.module(each.name)) is not None:
                    if isinstance(value, (Func, Class)):
                        # Another function in the place of one.
                        module.locals[name] = value
                    else:
                        module.late[name] = join(module.late[name], value) if name in module.late else value
        case ast.Subscript(value=owner, slice=index):
            key = evaluate(walk, index, frame)
            for each in options(evaluate(walk, owner, frame)):
                if isinstance(each, Obj) and each.kind.isdigit():
                    walk.objects.protocol(each, ("__setitem__",), [key, value], frame, target)
                elif isinstance(each, Method) and isinstance(each.of, Module) and each.name == "__dict__":
                    found = walk.scopes.module(each.of.name)
                    if found is not None:
                        found.late.update(dict.fromkeys(_keys(key), value))
                elif isinstance(each, Obj):
                    for name in _keys(key):
                        walk.set(each, name, value, maybe=frame.depth > 0 or each not in frame.born)
        case _:
            pass


def set_name(walk: Interpreter, name: str, value: Value, frame: Frame) -> None:
    """Gives a name the value: in the frame, or where `global` and `nonlocal` say."""
    if name in frame.globals:
        if value in (TRUE, FALSE):
            value = walk.scopes.stored(value)
        module = walk.modules.get(frame.module)
        if module is not None:
            before = module.late.get(name)
            after = value if before is None else join(before, value)
            if after != before:
                module.late[name] = after
                walk.changed = True
        return
    if name in frame.outer:
        at = frame.parent
        while at is not None:
            if name in at.locals:
                at.locals[name] = join(at.locals[name], value)
                return
            at = at.parent
    frame.locals[name] = value


def assignment(walk: Interpreter, node: ast.Assign, frame: Frame) -> bool:
    """`a = b = value`."""
    value = evaluate(walk, node.value, frame)
    for target in node.targets:
        assign(walk, target, value, frame)
    return True


def annotated(walk: Interpreter, node: ast.AnnAssign, frame: Frame) -> bool:
    """`name: kind = value`; without a value it says nothing."""
    if node.value is not None:
        assign(walk, node.target, evaluate(walk, node.value, frame), frame)
    return True


def augmented(walk: Interpreter, node: ast.AugAssign, frame: Frame) -> bool:
    """`name += value`: what a list, a text or a dict is afterwards, as far as that is told."""
    before = evaluate(walk, node.target, frame)
    value = evaluate(walk, node.value, frame)
    if isinstance(node.op, ast.Add):
        after: Value = UNKNOWN
        if isinstance(before, Obj) and before.kind == "list":
            walk.loosen(before)
            for item in items(walk, value, frame, node):
                walk.set(before, "*", item)
            after = before
        elif not frame.exits and isinstance(before, Seq) and isinstance(value, Seq):
            after = Seq((*before.items, *value.items))
        elif not frame.exits and all(
            not isinstance(option, Const) or isinstance(option.value, str) for option in options(before)
        ):
            # In a loop a text grows and a number counts: nobody knows how far.
            after = concatenated((before, value))
    elif isinstance(node.op, ast.BitOr) and isinstance(before, Obj):
        after = before
        updated(walk, before, value, maybe=True)
    else:
        after = UNKNOWN
    assign(walk, node.target, after, frame)
    return True


def _keys(key: Value) -> list[str]:
    return [
        option.value
        if isinstance(option.value, str)
        else str(option.value)
        if isinstance(option, Const) and isinstance(option.value, (str, int))
        else "*"
        for option in options(key)
        if isinstance(option, Const)
    ] or ["*"]


def _unpacked(walk: Interpreter, parts: list[ast.expr], value: Value, frame: Frame) -> None:
    columns: list[list[Value]] = [[] for _ in parts]
    for option in options(value):
        listed = list(option.items) if isinstance(option, Seq) else None
        if listed is None and isinstance(option, Obj) and option.kind == "list":
            fields = walk.heap.get(option, {})
            if "*" not in fields and all(str(n) in fields for n in range(len(fields))):
                listed = [fields[str(n)] for n in range(len(fields))]
        if listed is None and isinstance(option, Obj) and option.kind.isdigit():
            listed = walk.objects.in_order(option)
        if (
            listed is not None
            and len(listed) == len(parts)
            and not any(isinstance(part, ast.Starred) for part in parts)
        ):
            for column, item in zip(columns, listed, strict=True):
                column.append(item)
        else:
            each = joined(items(walk, option, frame, parts[0] if parts else ast.Pass()) or [UNKNOWN])
            for column in columns:
                column.append(each)
    for part, column in zip(parts, columns, strict=True):
        assign(walk, part, joined(column), frame)
