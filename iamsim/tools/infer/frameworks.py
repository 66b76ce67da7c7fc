"""What frameworks make of the functions and classes of a source: fields, decorators, enumerations, models."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.source_code import ClassInfo
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Env,
    Func,
    Iter,
    Method,
    Obj,
    Property,
    Seq,
    Static,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


class Frameworks:
    """What frameworks make of the source's own code, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def default(self, value: Value, frame: Frame, node: ast.AST) -> Value:
        """The default that a field or parameter declares: `Field(default=…)` is its default."""
        if isinstance(value, Obj) and not value.kind.isdigit() and value.kind not in ("dict", "list"):
            name = value.kind.rpartition(".")[2]
            if name in (
                "Field",
                "field",
                "FieldInfo",
                "Option",
                "Argument",
                "Query",
                "Body",
                "Depends",
                "PrivateAttr",
                "CurrentContext",
                "attrib",
                "ib",
            ):
                factory = self.walk.get(value, "default_factory") or self.walk.get(value, "factory")
                if name == "Depends":
                    factory = self.walk.get(value, "0") or self.walk.get(value, "dependency")
                if factory is not None:
                    entered = self.walk.call(factory, Given(), frame, node)
                    return joined(option.item if isinstance(option, Iter) else option for option in options(entered))
                found = self.walk.get(value, "default") or self.walk.get(value, "0")
                return const(...) if found is None else found
        return value

    def decorated(self, decorator: Value, value: Value, frame: Frame, node: ast.AST) -> Value:
        """What a function or class is under a decorator; one that gives nothing known leaves it as it is."""
        if isinstance(decorator, Method) and decorator.name == "wraps()":
            if isinstance(value, Func):
                self.walk.wrapped[(value.id, value.frame)] = decorator.of
            return value
        if isinstance(decorator, Method) and isinstance(decorator.of, Func) and decorator.name == "register":
            # functools.singledispatch: any of them may be the one that is called.
            self.walk.dispatched.setdefault(decorator.of.id, []).append(value)
            return value
        if isinstance(decorator, Method) and isinstance(decorator.of, (Property, Static)):
            return decorator.of if decorator.name in ("setter", "deleter") else value
        if isinstance(decorator, Method) and decorator.name in ("setter", "deleter", "getter"):
            return decorator.of
        found = self.walk.call(decorator, Given([value]), frame, node)
        return value if found in (UNKNOWN, NONE) or (isinstance(found, Obj) and not found.kind.isdigit()) else found

    def instance(self, info: ClassInfo, bases: Sequence[str], given: Given) -> Value | None:
        """What calling a class of the source gives where that is no new object: a member of an enumeration."""
        if any(base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum") for base in bases):
            value = given.get(0, "value")
            members = [
                each for name, each in info.members.items() if isinstance(each, Const) and not name.startswith("_")
            ]
            return value if isinstance(value, (Const, Arg, Env)) else joined(members)
        return None

    def from_environment(self, name: str, value: Value | None) -> Value:
        """A field of pydantic's settings: a variable of the environment, with the declared default."""
        told = value.value if isinstance(value, Const) else None
        shown = ("true" if told else "false") if isinstance(told, bool) else told if isinstance(told, str) else None
        variable = name.upper()
        self.walk.settings.setdefault(variable, shown)
        return Env(variable, shown, flag=isinstance(told, bool))

    def class_method(self, number: int, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What a class of the source has from a library: an enumeration called by value, a model made from data."""
        if name == "__subclasses__":
            known = self.walk.classes
            below = [
                info.id
                for info in known
                if number in {each.id for each in self.walk.objects.ancestors(info.id)} - {info.id}
            ]
            return Seq(tuple(Class(each) for each in below))
        if name in ("model_json_schema", "schema"):
            return self._schema(number, frame, node)
        if name in ("model_validate", "parse_obj", "from_dict", "model_construct", "from_env"):
            value = given.get(0, "obj")
            if isinstance(value, Args):
                return self.walk.call(Class(number), Given(source=True, open=True), frame, node)
            if isinstance(value, Obj) and value.kind == "dict":
                return self.walk.call(Class(number), Given([], dict(self.walk.heap.get(value, {}))), frame, node)
            return self.walk.call(Class(number), Given(star=UNKNOWN, open=True), frame, node)
        self.walk.library.callbacks(given, frame, node)
        return UNKNOWN

    def _schema(self, number: int, frame: Frame, node: ast.AST) -> Value:
        """The JSON schema of a model of the source, as far as it tells the names of arguments."""
        made = self.walk.allocate("dict", frame, node, "schema", number)
        properties = self.walk.allocate("dict", frame, node, "properties", number)
        required = self.walk.allocate("list", frame, node, "required", number)
        self.walk.set(made, "properties", properties)
        self.walk.set(made, "required", required)
        for info in reversed(self.walk.objects.ancestors(number)):
            for name, default in info.fields.items():
                described = self.walk.allocate("dict", frame, node, "field", number, name)
                value = self.default(default, frame, node) if default is not None else None
                if value is None or value == const(...) or (value == default and isinstance(value, Obj)):
                    self.walk.set(required, name, const(name))
                elif value != UNKNOWN:
                    self.walk.set(described, "default", value)
                self.walk.set(properties, name, described)
        return made
