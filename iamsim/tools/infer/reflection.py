"""Python's functions that ask code about code: attributes by name, types, members, modules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import guarded, joined, options, text, ways
from iamsim.tools.infer.conditions import holds
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Client, Operation, Resource, Session
from iamsim.tools.infer.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    Class,
    Const,
    Func,
    Iter,
    Method,
    Module,
    Obj,
    Outside,
    Partial,
    Seq,
    Super,
    Text,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library


_TYPES = frozenset({"dict", "list", "tuple", "set", "str", "bytes", "int", "float", "bool", "NoneType"})


def getattr_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`getattr`: of a name that is not known, anything that it may be."""
    owner, key, default = given.get(0) or UNKNOWN, given.get(1) or UNKNOWN, given.get(2)
    found: list[Value] = []
    for condition, option in ways(key):
        name = text(option)
        if name is not None:
            value = library.walk.attribute(owner, name, frame, node)
            found.append(value if condition is None else guarded(condition, value))
        else:
            found += [_any_attribute(library, each, option, frame, node) for each in options(owner)]
    if default is not None and any(each == UNKNOWN for each in found):
        found.append(default)
    return joined(found)


def setattr_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`setattr`: under a name that is not known, any attribute may be another from then on."""
    del frame, node
    name = text(given.get(1) or UNKNOWN)
    if name is None:
        library.walk.widened = True
    for option in options(given.get(0) or UNKNOWN):
        if isinstance(option, Obj) and name is not None:
            library.walk.set(option, name, given.get(2) or UNKNOWN)
        elif isinstance(option, Class) and name is not None:
            library.walk.classes[option.id].members[name] = given.get(2) or UNKNOWN
    return NONE


def super_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`super()`, as the method has it that it stands in."""
    del node
    at: Frame | None = frame
    while at is not None and (at.function is None or at.function.owner is None):
        at = at.parent
    if at is None or at.function is None or at.function.owner is None:
        return UNKNOWN
    places = [*at.function.node.args.posonlyargs, *at.function.node.args.args]
    bound = given.get(1) or (at.locals.get(places[0].arg) if places else None)
    after = next(
        (option.id for option in options(given.get(0) or UNKNOWN) if isinstance(option, Class)), at.function.owner
    )
    del library
    return joined(Super(after, option) for option in options(bound)) if bound is not None else UNKNOWN


def callable_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`callable`."""
    del library, frame, node
    value = given.get(0) or UNKNOWN
    if all(isinstance(option, (Func, Class, Partial, Operation)) for option in options(value)):
        return TRUE
    return FALSE if all(isinstance(option, (Const, Seq)) for option in options(value)) else UNKNOWN


def isinstance_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`isinstance`: told for objects of the source and for literals."""
    del frame, node
    value, kinds = given.get(0) or UNKNOWN, given.get(1) or UNKNOWN
    classes = kinds.items if isinstance(kinds, Seq) else options(kinds)
    answers: set[bool | None] = set()
    for option in options(value):
        if isinstance(option, Obj) and option.kind.isdigit() and all(isinstance(each, Class) for each in classes):
            answers.add(
                bool(
                    {info.id for info in library.walk.objects.ancestors(int(option.kind))}
                    & {each.id for each in classes if isinstance(each, Class)}
                )
            )
        elif isinstance(option, (Obj, Seq, Const)) and all(isinstance(each, Outside) for each in classes):
            wanted = {each.name.rpartition(".")[2] for each in classes if isinstance(each, Outside)}
            kind = option.kind if isinstance(option, (Obj, Const)) else "tuple"
            sure = kind in ("dict", "str", "int", "NoneType", "float") and (kind in wanted or wanted <= _TYPES)
            answers.add(kind in wanted if sure else None)
        else:
            answers.add(None)
    return TRUE if answers == {True} else FALSE if answers == {False} else UNKNOWN


def isfunction(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`inspect.isfunction` and the like."""
    del library, frame, node
    value = given.get(0) or UNKNOWN
    if value == UNKNOWN:
        return UNKNOWN
    return TRUE if all(isinstance(option, Func) for option in options(value)) else FALSE


def iscoroutine(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`inspect.iscoroutinefunction`."""
    del frame, node
    value = given.get(0) or UNKNOWN
    if isinstance(value, Func):
        return TRUE if isinstance(library.walk.functions[value.id].node, ast.AsyncFunctionDef) else FALSE
    return UNKNOWN


def members(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`inspect.getmembers`: names and values of a module, a class or an object, in the names' order."""
    found: dict[str, Value] = {}
    for option in options(given.get(0) or UNKNOWN):
        if isinstance(option, Module):
            module = library.walk.scopes.module(option.name)
            found.update(module.locals if module is not None else {})
        elif isinstance(option, Class) or (isinstance(option, Obj) and option.kind.isdigit()):
            number = option.id if isinstance(option, Class) else int(option.kind)
            for info in reversed(library.walk.objects.ancestors(number)):
                found.update({name: library.walk.attribute(option, name, frame, node) for name in info.members})
    predicate = given.get(1, "predicate")
    rows = []
    for name, value in sorted(found.items()):
        if predicate is not None and predicate != NONE:
            answer = library.walk.call(predicate, Given([value]), frame, node)
            if holds(answer, library.walk) is False:
                continue
        rows.append(Seq((const(name), value)))
    return Seq(tuple(rows))


def dir_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`dir`: the names of `members`."""
    rows = members(library, Given(given.args[:1]), frame, node)
    return Seq(tuple(row.items[0] for row in rows.items if isinstance(row, Seq))) if isinstance(rows, Seq) else UNKNOWN


def vars_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`vars`: the dict of `members`."""
    made = library.walk.allocate("dict", frame, node, "vars")
    rows = members(library, Given(given.args[:1]), frame, node)
    for row in rows.items if isinstance(rows, Seq) else ():
        if isinstance(row, Seq) and (name := text(row.items[0])) is not None:
            library.walk.set(made, name, row.items[1])
    return made


def globals_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`globals()`: the names of the module."""
    del library, node
    return Method(Module(frame.module), "__dict__") if not given.args else UNKNOWN


def type_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`type(value)` of an object of the source."""
    del library, frame, node
    value = given.get(0) or UNKNOWN
    return (
        Class(int(value.kind)) if isinstance(value, Obj) and value.kind.isdigit() and len(given.args) == 1 else UNKNOWN
    )


def import_module(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`importlib.import_module`, and `__import__`: a module of the source is run."""
    del node
    found: list[Value] = []
    package = text(given.get(1, "package") or UNKNOWN) or ""
    for option in options(given.get(0, "name") or UNKNOWN):
        name = text(option)
        if name is None:
            found.append(UNKNOWN)
            continue
        level = len(name) - len(name.lstrip("."))
        if level:
            base = package.split(".")
            name = ".".join([*base[: len(base) - (level - 1)], name.lstrip(".")])
        source = library.walk.tree.modules.get(name)
        if source is None:
            found.append(Outside(name))
        else:
            library.walk.scopes.module(name)
            found.append(Module(source.name))
    del frame
    return joined(found)


def iter_modules(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`pkgutil.iter_modules`: the modules below a package of the source."""
    del frame, node
    path = given.get(0, "path") or UNKNOWN
    owners = [
        option.of.name for option in options(path) if isinstance(option, Method) and isinstance(option.of, Module)
    ]
    prefix = text(given.get(1, "prefix") or const("")) or ""
    rows = []
    for owner in owners:
        source = library.walk.tree.modules.get(owner)
        full = source.name if source else owner
        below = {each.name for each in library.walk.tree.sources if each.name.rpartition(".")[0] == full}
        rows += [
            Seq((UNKNOWN, const(prefix + name.rpartition(".")[2]), UNKNOWN), ("module_finder", "name", "ispkg"))
            for name in sorted(below)
        ]
    return Seq(tuple(rows)) if rows else Iter(UNKNOWN)


def _any_attribute(library: Library, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
    """An attribute whose name is not known: of a client any operation, of the source's own what the name begins with."""
    if isinstance(owner, Client):
        return Operation(owner, "")
    if isinstance(owner, (Resource, Session)):
        what = f"a method of a resource of {owner.service}" if isinstance(owner, Resource) else "a method of a session"
        library.walk.unresolved(what, "which one is decided at run time", frame, node)
        return UNKNOWN
    start = key.parts[0] if isinstance(key, Text) and isinstance(key.parts[0], str) else ""
    if not start:
        return UNKNOWN
    if isinstance(owner, Module):
        frame_ = library.walk.scopes.module(owner.name)
        return joined(value for name, value in (frame_.locals if frame_ else {}).items() if name.startswith(start))
    if isinstance(owner, Obj) and owner.kind.isdigit():
        told = {
            name
            for info in library.walk.objects.ancestors(int(owner.kind))
            for name in info.members
            if name.startswith(start)
        }
        return joined(library.walk.attribute(owner, name, frame, node) for name in sorted(told))
    return UNKNOWN
