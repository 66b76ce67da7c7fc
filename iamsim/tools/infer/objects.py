"""Objects of the source's classes: how they are made, their attributes and members, and Python's own methods of them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import guarded, is_constant, join, joined, options, ways
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.source_code import ClassInfo
from iamsim.tools.infer.values import (
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Func,
    Managed,
    Method,
    Obj,
    Outside,
    Property,
    Static,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_CONTAINERS = frozenset({
    "list", "dict", "set", "tuple", "frozenset", "str", "bytes", "int", "float", "UserList", "UserDict", "UserString", "deque", "OrderedDict",
    "defaultdict", "Counter", "ChainMap", "Mapping", "MutableMapping", "Sequence", "MutableSequence", "Set", "MutableSet", "Sized", "Collection",
})  # fmt: skip
"""Classes whose objects may be empty, and then count as false."""


class Objects:
    """The objects of the source's classes, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self._attributes: frozenset[str] | None = None
        self._setting: set[object] = set()
        self._lineage: dict[int, tuple[tuple[Value, ...], list[ClassInfo]]] = {}

    def forget(self) -> None:
        """Methods that set an attribute are called once more where it is asked for."""
        self._setting.clear()

    def of_class(self, value: Class, name: str, frame: Frame, node: ast.AST) -> Value:
        """An attribute of a class of the source itself."""
        member = self.member(value, name, frame, node)
        if member is not None:
            return self._settled(member, name)
        return (
            const(self.walk.classes[value.id].node.name)
            if name in ("__name__", "__qualname__")
            else Method(value, name)
        )

    def of_instance(self, obj: Obj, name: str, frame: Frame, node: ast.AST) -> Value:
        """An attribute of an object: what sets it, else its class's member, else what a library's class gives."""
        value = self.walk.get(obj, name)
        if value is None or is_constant(value):
            self._set_attributes(obj, name, frame)
            value = self.walk.get(obj, name)
        if value is not None:
            return self._settled(value, name)
        member = self.member(obj, name, frame, node)
        if member is not None:
            return self._settled(member, name)
        if name == "__class__":
            return Class(int(obj.kind))
        if name == "__dict__":
            return UNKNOWN
        chosen = self.member(obj, "__getattr__", frame, node)
        if chosen is not None:
            return self.walk.call(chosen, Given([const(name)]), frame, node)
        return self.walk.library.inherited(obj, name, self.outside_bases(int(obj.kind)))

    def member(self, obj: Value, name: str, frame: Frame, node: ast.AST, after: int | None = None) -> Value | None:
        """The member `name` of an object's class, bound to it; with `after` only of what comes after that class."""
        number = int(obj.kind) if isinstance(obj, Obj) else obj.id if isinstance(obj, Class) else None
        if number is None:
            return None
        found = None
        passed = after is None
        for info in self.ancestors(number):
            if passed and name in info.members:
                found = info.members[name]
                break
            passed = passed or info.id == after
        if found is None:
            return None
        return joined(
            bound if condition is None else guarded(condition, bound)
            for condition, option in ways(found)
            for bound in (self._bound(option, obj, frame, node),)
        )

    def ancestors(self, number: int) -> list[ClassInfo]:
        """A class and those it is made from, nearest first, as far as the source has them."""
        known = self._lineage.get(number)
        if known is not None and known[0] is self.walk.classes[number].bases:
            return known[1]
        found: dict[int, ClassInfo] = {}
        waiting = [number]
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found[each] = self.walk.classes[each]
                waiting += [
                    base.id
                    for value in self.walk.classes[each].bases
                    for base in options(value)
                    if isinstance(base, Class)
                ]
        self._lineage[number] = (self.walk.classes[number].bases, list(found.values()))
        return self._lineage[number][1]

    def outside_bases(self, number: int) -> tuple[str, ...]:
        """The classes of libraries that a class is made from."""
        return tuple(
            option.name
            for info in self.ancestors(number)
            for base in info.bases
            for option in options(base)
            if isinstance(option, Outside)
        )

    def instance(self, value: Class, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a class gives."""
        info = self.walk.classes[value.id]
        obj = Obj(str(value.id), (self.walk.context("new", value.id, given.key),))
        self.walk.heap.setdefault(obj, {})
        bases = self.outside_bases(value.id)
        if (made := self.walk.frameworks.instance(info, bases, given)) is not None:
            return made
        new = self.member(value, "__new__", frame, node)
        if isinstance(new, Func):
            inner = Given([value, *given.args], dict(given.keywords), given.star, given.maybe, given.open)
            result = self.walk.call(new, inner, frame, node)
            found = [option for option in options(result) if isinstance(option, Obj) and option.kind.isdigit()]
            if found:
                for option in found:
                    self._initialised(option, given, frame, node)
                return join(*found)
        self._initialised(obj, given, frame, node)
        return obj

    def protocol(self, value: Value, methods: Sequence[str], args: list[Value], frame: Frame, node: ast.AST) -> Value:
        """What an object of the source answers by the first of Python's own methods that its class has; UNKNOWN for none."""
        found: list[Value] = []
        for option in options(value):
            if isinstance(option, Obj) and option.kind.isdigit():
                for name in methods:
                    member = self.member(option, name, frame, node) if name else None
                    if member is not None:
                        found.append(self.walk.call(member, Given(list(args)), frame, node))
                        break
        return joined(found)

    def subclassed(self, info: ClassInfo, frame: Frame, node: ast.AST) -> None:
        """Calls what the bases of a new class do with it."""
        for base in self.ancestors(info.id)[1:]:
            member = base.members.get("__init_subclass__")
            for option in options(member) if member is not None else ():
                inner = option.func if isinstance(option, Static) else option
                if isinstance(inner, Func):
                    self.walk.call(replace(inner, bound=Class(info.id)), Given(), frame, node)

    def in_order(self, obj: Obj) -> list[Value] | None:
        """The fields of an object of a NamedTuple, in their order; None for any other object."""
        if not any(base.rpartition(".")[2] == "NamedTuple" for base in self.outside_bases(int(obj.kind))):
            return None
        names = [name for info in reversed(self.ancestors(int(obj.kind))) for name in info.fields]
        return [self.walk.heap.get(obj, {}).get(name, UNKNOWN) for name in names]

    def described(self, obj: Obj, name: str, method: str, args: list[Value], frame: Frame, node: ast.AST) -> Value:
        """What a descriptor in an object's class does where the attribute is read or set."""
        for info in self.ancestors(int(obj.kind)) if obj.kind.isdigit() else ():
            if name in info.members:
                return self.protocol(info.members[name], (method,), args, frame, node)
        return UNKNOWN

    def has_truth(self, obj: Obj) -> bool:
        """Whether an object's class says itself whether it is true."""
        own = any(name in info.members for info in self.ancestors(int(obj.kind)) for name in ("__bool__", "__len__"))
        return own or any(base.rpartition(".")[2] in _CONTAINERS for base in self.outside_bases(int(obj.kind)))

    def _bound(self, member: Value, obj: Value, frame: Frame, node: ast.AST) -> Value:
        instance = isinstance(obj, Obj)
        match member:
            case Func() if instance:
                return replace(member, bound=obj)
            case Managed(func=Func() as inner) if instance:
                return Managed(replace(inner, bound=obj))
            case Static(func=inner, owner=True):
                owner = Class(int(obj.kind)) if isinstance(obj, Obj) else obj
                return replace(inner, bound=owner) if isinstance(inner, Func) else inner
            case Static(func=inner):
                return inner
            case Property(func=inner) if instance:
                bound = replace(inner, bound=obj) if isinstance(inner, Func) else inner
                return self.walk.call(bound, Given(), frame, node)
            case Obj() if (
                instance and member.kind.isdigit() and self.member(member, "__get__", frame, node) is not None
            ):
                return self.protocol(member, ("__get__",), [obj, UNKNOWN], frame, node)
            case _:
                return member

    def _settled(self, value: Value, name: str) -> Value:
        """A literal in an attribute, or anything else where some code sets that attribute which the walk did not come by."""
        literal = isinstance(value, Const) and value.kind in ("bool", "NoneType", "str", "int")
        if literal and (self.walk.widened or name in self._stored()):
            return join(value, UNKNOWN)
        return value

    def _stored(self) -> frozenset[str]:
        """The attributes that the source sets anywhere but where an object is made."""
        if self._attributes is None:
            found: set[str] = set()
            for source in self.walk.tree.sources:
                waiting: list[ast.AST] = [source.tree]
                while waiting:
                    each = waiting.pop()
                    if isinstance(each, ast.FunctionDef) and each.name in ("__init__", "__post_init__"):
                        continue
                    if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
                        found.add(each.attr)
                    waiting.extend(ast.iter_child_nodes(each))
            self._attributes = frozenset(found)
        return self._attributes

    def _set_attributes(self, obj: Obj, name: str, frame: Frame) -> None:
        """Calls the methods that set an attribute of which nothing is known yet: one of them makes its value."""
        for info in self.ancestors(int(obj.kind)):
            for setter in info.setters.get(name, ()):
                mark = ("attribute", obj, name, setter)
                if mark in self._setting or setter == "__init__":
                    continue
                self._setting.add(mark)
                member = info.members.get(setter)
                for option in options(member) if member is not None else ():
                    inner = option.func if isinstance(option, (Property, Static, Managed)) else option
                    if isinstance(inner, Func):
                        self.walk.blind(replace(inner, bound=obj), frame)

    def _initialised(self, obj: Obj, given: Given, frame: Frame, node: ast.AST) -> None:
        init = self.member(obj, "__init__", frame, node)
        if init is not None:
            self.walk.call(init, given, frame, node)
            return
        if given.args and len(given.args) == 1 and isinstance(given.args[0], Args) and not given.keywords:
            given = Given(source=True)
        settings = any(base.rpartition(".")[2] == "BaseSettings" for base in self.outside_bases(int(obj.kind)))
        declared: dict[str, Value | None] = {}
        for info in reversed(self.ancestors(int(obj.kind))):
            declared.update(info.fields)
        for place, (name, default) in enumerate(declared.items()):
            value = given.get(place, name)
            if value is None and default is not None:
                value = self.walk.frameworks.default(default, frame, node)
            if given.source and name not in given.keywords:
                value = Arg(name)
            elif (given.open or given.star is not None) and name not in given.keywords:
                value = UNKNOWN if value is None else join(value, UNKNOWN)
            elif settings and default is not None and name not in given.keywords:
                value = self.walk.frameworks.from_environment(name, value)
            self.walk.set(obj, name, UNKNOWN if value is None or value == const(...) else value)
        for name, value in given.keywords.items():
            if name not in declared:
                self.walk.set(obj, name, value)
        for after in ("__post_init__", "model_post_init"):
            later = self.member(obj, after, frame, node)
            if later is not None:
                self.walk.call(later, Given([UNKNOWN] if after.startswith("model") else []), frame, node)
