"""
A server's source followed without running it: what its expressions may stand for, and the API calls on the way.

The walk is an abstract interpretation. A function is followed once for each set of arguments that it is called with,
and its calls are kept, so that the next caller gets them again. Objects live on a heap that only grows; the walk is
repeated until the heap does. What is not understood is UNKNOWN, and an API call that may hide there is said so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from iamsim.tools import expressions
from iamsim.tools.infer import conditions, statements
from iamsim.tools.infer.conditions_said import Condition
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.libraries import Library
from iamsim.tools.infer.made import Made, Registered
from iamsim.tools.infer.tree import Source, Tree
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Class,
    ClassInfo,
    Const,
    Either,
    Env,
    Func,
    Function,
    Guarded,
    Iter,
    Managed,
    Method,
    Module,
    Obj,
    Outside,
    Partial,
    Property,
    Registry,
    Session,
    Static,
    Super,
    Value,
    const,
    guarded,
    join,
    joined,
    options,
    text,
    ways,
)

DEEPEST = 60
"""Calls nested deeper than this are not followed."""

RECURSIONS = 4
"""A function that calls itself with ever other arguments is followed this often."""

STEPS, ALL_STEPS = 200_000, 4_000_000
"""How many expressions and statements are followed for one tool, and in all."""


class Spent(Exception):  # noqa: N818 - no error: a bound that is reached
    """A tool is too large to be followed to its end."""


@dataclass(slots=True)
class Summary:
    """What one call of a function gave, and the API calls it made."""

    value: Value
    made: tuple[Made, ...]


@dataclass(slots=True)
class Interpreter:
    """The walk over one source tree, and what it found so far."""

    tree: Tree
    heap: dict[Obj, dict[str, Value]] = field(default_factory=dict)
    maybe: set[tuple[Obj, str]] = field(default_factory=set)
    changed: bool = False
    strict: bool = False
    functions: list[Function] = field(default_factory=list)
    classes: list[ClassInfo] = field(default_factory=list)
    frames: dict[int, Frame] = field(default_factory=dict)
    modules: dict[str, Frame] = field(default_factory=dict)
    registered: dict[tuple[str, str], Registered] = field(default_factory=dict)
    registries: dict[Registry, dict[str, Value]] = field(default_factory=dict)
    mounted: dict[tuple[Registry, Registry], str] = field(default_factory=dict)
    scripts: set[str] = field(default_factory=set)
    tools: set[int] = field(default_factory=set)
    assumed: dict[int, Made] = field(default_factory=dict)
    unnamed: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str | None] = field(default_factory=dict)
    command_line: dict[str, Env] = field(default_factory=dict)
    wrapped: dict[tuple[int, int], Value] = field(default_factory=dict)
    widened: bool = False
    displays: set[Obj] = field(default_factory=set)
    loose: set[Obj] = field(default_factory=set)
    dispatched: dict[int, list[Value]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    named: dict[str, Arg | Env] = field(default_factory=dict)
    replaced: dict[Value, tuple[str, str]] = field(default_factory=dict)
    steps: int = 0
    spent: int = 0
    limit: int = STEPS
    _known: dict[int, int] = field(default_factory=dict)
    _class_of: dict[int, int] = field(default_factory=dict)
    _contexts: dict[object, int] = field(default_factory=dict)
    _memory: dict[object, Summary] = field(default_factory=dict)
    _packages: frozenset[str] | None = None
    _attributes: frozenset[str] | None = None
    _assigned: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _running: dict[int, int] = field(default_factory=dict)
    _active: list[object] = field(default_factory=list)
    _setters: dict[str, dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]] = field(default_factory=dict)
    _setting: set[object] = field(default_factory=set)
    _stack: list[Frame] = field(default_factory=list)
    _lineage: dict[int, tuple[tuple[Value, ...], list[ClassInfo]]] = field(default_factory=dict)
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        """The library's functions need the walk itself."""
        self.library = Library(self)

    # ------------------------------------------------------------ the walk

    def step(self) -> None:
        """Counts one step; raises `Spent` beyond the bounds."""
        self.steps += 1
        if self.steps > self.limit:
            self.spent += self.steps
            self.steps = 0
            self.limit = max(0, min(STEPS, ALL_STEPS - self.spent))
            raise Spent

    def afresh(self) -> None:
        """Starts the count for another tool."""
        self.spent += self.steps
        self.steps = 0
        self.limit = max(1000, min(STEPS, ALL_STEPS - self.spent))

    @property
    def packages(self) -> frozenset[str]:
        """The first names of the source's own modules: what is below them and not in the source is missing."""
        if self._packages is None:
            self._packages = frozenset(
                source.name.partition(".")[0] for source in self.tree.sources if "." in source.name
            )
        return self._packages

    def forget(self) -> None:
        """Forgets what calls gave, but not the heap: the next walk sees what this one left there."""
        self._memory.clear()
        self._setting.clear()
        self.changed = False

    def context(self, *key: object) -> int:
        """A number for `key`, the same for an equal one."""
        return self._contexts.setdefault(key, len(self._contexts) + 1)

    def module(self, name: str) -> Frame | None:
        """The frame of a module, which is run where it has not been yet; None for a module that the source lacks."""
        source = self.tree.modules.get(name)
        if source is None:
            return None
        found = self.modules.get(source.name)
        if found is None:
            found = Frame(self.context("module", source.name), source.name)
            self.frames[found.id] = found
            self.modules[source.name] = found
            found.locals["__name__"] = const(source.name)
            package = source.name if source.package else source.name.rpartition(".")[0]
            found.locals["__package__"] = const(package)
            found.locals["__file__"] = UNKNOWN
            self._stack.append(found)
            try:
                statements.run(self, source.tree.body, found)
            except (Spent, RecursionError):
                self.unnamed[source.file] = "the module is too large to be followed to its end"
            finally:
                self._stack.pop()
        return found

    def source(self, module: str) -> Source:
        """The file of a module that was run."""
        return self.tree.modules[module]

    def site(self, node: ast.AST, frame: Frame) -> str:
        """`file:line` of `node`."""
        return f"{self.source(frame.module).file}:{getattr(node, 'lineno', 1)}"

    # ------------------------------------------------------------ names

    def name(self, name: str, frame: Frame) -> Value:
        """What a name stands for where `frame` is."""
        at: Frame | None = frame
        if name in frame.globals:
            at = None
        while at is not None:
            if name in at.locals and not (at.owner is not None and at is not frame):
                return self._late(at, name) if at.function is None and at.owner is None else at.locals[name]
            at = at.parent
        module = self.modules.get(frame.module)
        if module is not None:
            found = self._late(module, name)
            if found is not UNKNOWN or name in module.locals:
                return found
        return Outside(f"builtins.{name}")

    def _late(self, module: Frame, name: str) -> Value:
        """A module's name, with what functions set it to by `global`; they are called where nothing else is known."""
        value = module.locals.get(name)
        if name in module.late:
            value = module.late[name] if value is None else join(value, module.late[name])
        if value is None or _is_constant(value):
            # A switch is worth nothing before everything that turns it was seen.
            self._set_globals(module, name)
            late = module.late.get(name)
            if late is not None:
                value = late if value is None else join(value, late)
        return UNKNOWN if value is None else value

    def _set_globals(self, module: Frame, name: str) -> None:
        """Calls the functions of a module that set `name`, whatever they are called with: one of them makes its value."""
        if module.module not in self._setters:
            found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
            for node in ast.walk(self.source(module.module).tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    for inner in ast.walk(node):
                        for named in inner.names if isinstance(inner, ast.Global) else ():
                            found.setdefault(named, []).append(node)
            self._setters[module.module] = found
        for setter in self._setters[module.module].get(name, ()):
            value = module.locals.get(setter.name)
            mark = ("global", module.module, name, setter.name)
            if value is None or mark in self._setting:
                continue
            self._setting.add(mark)
            for each in options(value):
                if isinstance(each, Func):
                    self.blind(each, module)

    def blind(self, function: Func, frame: Frame) -> Value:
        """What a function gives that nobody calls in sight: its arguments are UNKNOWN, its calls are nobody's."""
        node = self.functions[function.id].node
        places = [*node.args.posonlyargs, *node.args.args]
        given = Given([UNKNOWN] * max(0, len(places) - (function.bound is not None)))
        given.keywords = {each.arg: UNKNOWN for each in node.args.kwonlyargs}
        inner = Frame(self.context("blind"), frame.module)
        return self.call(function, given, inner, node)

    # ------------------------------------------------------------ functions

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame, owner: int | None = None
    ) -> Func:
        """The value of a function's definition."""
        number = self._known.get(id(node))
        if number is None:
            number = len(self.functions)
            self._known[id(node)] = number
            made = Function(number, node, frame.module, owner, _yields(node))
            self.functions.append(made)
        closing = frame.parent if frame.owner is not None and frame.parent is not None else frame
        return Func(number, closing.id)

    def class_(self, node: ast.ClassDef, frame: Frame) -> ClassInfo:
        """The record of a class's definition."""
        number = self._class_of.get(id(node))
        if number is None:
            number = len(self.classes)
            self._class_of[id(node)] = number
            self.classes.append(ClassInfo(number, node, frame.module))
        return self.classes[number]

    def call(self, value: Value, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling `value` gives; the API calls on the way are noted in `frame`."""
        if isinstance(value, (Either, Guarded)):
            found = []
            present = _present(value)
            kinds = {
                option.bound.kind for _, option in present if isinstance(option, Func) and isinstance(option.bound, Obj)
            }
            for condition, option in present:
                if condition is None and len(kinds) > 1 and isinstance(option, Func) and isinstance(option.bound, Obj):
                    condition = self._chosen(option.bound)  # noqa: PLW2901 - one of several objects is told by its class
                with frame.under(*([condition] if condition is not None else [])):
                    answer = self.call(option, given, frame, node)
                found.append(answer if condition is None else guarded(condition, answer))
            return joined(found)
        self.step()
        match value:
            case Func():
                return self._called(value, given, frame, node)
            case Class():
                return self._instance(value, given, frame, node)
            case Partial(func=inner, args=args, keywords=keywords):
                whole = Given(
                    [*args, *given.args], {**dict(keywords), **given.keywords}, given.star, given.maybe, given.open
                )
                return self.call(inner, whole, frame, node)
            case Managed(func=inner):
                entered = self.call(inner, given, frame, node)
                return joined(
                    Iter(option.item, manager=True) if isinstance(option, Iter) else option
                    for option in options(entered)
                )
            case Static(func=inner) | Property(func=inner):
                return self.call(inner, given, frame, node)
            case Obj() if value.kind.isdigit() and (called := self.member(value, "__call__", frame, node)) is not None:
                return self.call(called, given, frame, node)
            case _:
                return self.library.call(value, given, frame, node)

    def _chosen(self, obj: Obj) -> Condition:
        """The condition that an object is the one of several that the source chooses, where nothing tells which."""
        name = self.classes[int(obj.kind)].node.name
        parameter = f"uses_{name}"
        self.told[parameter] = f"Of several classes the source takes {name}"
        return Condition(parameter, f"the source takes {name}")

    def _called(self, value: Func, given: Given, frame: Frame, node: ast.AST) -> Value:
        info = self.functions[value.id]
        key = (value, given.key)
        if key in self._active or len(self._active) >= DEEPEST or self._running.get(value.id, 0) >= RECURSIONS:
            known = self._memory.get(key)
            if known is None and key not in self._active and len(self._active) >= DEEPEST:
                self.unresolved(f"a call of `{info.name}`", f"calls are nested more than {DEEPEST} deep", frame, node)
            return known.value if known else UNKNOWN
        known = self._memory.get(key)
        if known is None:
            known = self._followed(value, info, given, key)
            self._memory[key] = known
        for made in known.made:
            frame.add(made)
        others = self.dispatched.get(info.id, ())
        return join(known.value, *(self.call(each, given, frame, node) for each in others)) if others else known.value

    def _followed(self, value: Func, info: Function, given: Given, key: object) -> Summary:
        number = self.context("call", key)
        parent = self.frames.get(value.frame)
        inner = Frame(number, info.module, info, parent, owner=None)
        self.frames[number] = inner
        self._active.append(key)
        self._running[value.id] = self._running.get(value.id, 0) + 1
        self._stack.append(inner)
        try:
            statements.bind(self, info, value.bound, given, inner, parent or inner)
            if isinstance(info.node, ast.Lambda):
                inner.returns.append(evaluate(self, info.node.body, inner))
            else:
                inner.globals, inner.outer = _scopes(info.node)
                through = statements.run(self, info.node.body, inner)
                if through and inner.returns:
                    inner.returns.append(NONE)
        finally:
            self._active.pop()
            self._running[value.id] -= 1
            self._stack.pop()
        if info.generator:
            result: Value = Iter(joined(inner.yields))
        else:
            result = joined(inner.returns) if inner.returns else NONE
        return Summary(result, tuple(inner.made))

    def unwrapped(self, value: Func) -> Func:
        """The function that a wrapper stands for, by `functools.wraps`; itself for any other."""
        seen = set()
        while (value.id, value.frame) in self.wrapped and (value.id, value.frame) not in seen:
            seen.add((value.id, value.frame))
            inner = next(
                (each for each in options(self.wrapped[(value.id, value.frame)]) if isinstance(each, Func)), None
            )
            if inner is None:
                break
            value = replace(inner, bound=inner.bound or value.bound)
        return value

    def outermost(self, frame: Frame) -> bool:
        """Whether `frame` is a tool's own function, whose errors are the tool's."""
        return len(self._active) <= 1 or (frame.function is not None and frame.function.id in self.tools)

    # ------------------------------------------------------------ objects

    def allocate(self, kind: str, frame: Frame, node: ast.AST, *key: object) -> Obj:
        """An object that is made at `node` each time `frame` comes by."""
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node).__name__)
        made = Obj(kind, (frame.id, *place, frame.rounds, self.context("object", *key) if key else 0))
        self.heap.setdefault(made, {})
        frame.born.add(made)
        return made

    def set(self, obj: Obj, name: str, value: Value, *, maybe: bool = False) -> None:
        """Joins `value` to what a field of an object may hold."""
        fields = self.heap.setdefault(obj, {})
        before = fields.get(name)
        if before is None:
            fields[name] = value
            self.changed = True
            if maybe:
                self.maybe.add((obj, name))
        elif before != value:
            after = join(before, value)
            if after != before and set(options(after)) != set(options(before)):
                fields[name] = after
                self.changed = True

    def stored(self, value: Value) -> Value:
        """`value` under the settings that must hold for the walk to be where it is: a switch that a server sets at its start."""
        conditions = {
            condition for frame in self._stack for condition in frame.path if condition.exact and condition.when
        }
        told = [
            each
            for each in sorted(conditions, key=lambda each: each.when)
            if all(isinstance(self.named.get(name), Env) for name in names(each.when))
        ]
        for each in told:
            value = guarded(each, value)
        return value

    def loosen(self, obj: Obj) -> None:
        """Notes that what is in a list or a dict is not always there: something is added at times, or taken away."""
        if obj not in self.loose:
            self.loose.add(obj)
            self.changed = True

    def is_fixed(self, obj: Obj) -> bool:
        """Whether a list or a dict holds what it was written with, and nothing else."""
        return obj in self.displays and obj not in self.loose

    def get(self, obj: Obj, name: str) -> Value | None:
        """What a field of an object may hold; None for one that nothing sets."""
        return self.heap.get(obj, {}).get(name)

    def ancestors(self, number: int) -> list[ClassInfo]:
        """A class and those it is made from, nearest first, as far as the source has them."""
        known = self._lineage.get(number)
        if known is not None and known[0] is self.classes[number].bases:
            return known[1]
        found: dict[int, ClassInfo] = {}
        waiting = [number]
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found[each] = self.classes[each]
                waiting += [
                    base.id for value in self.classes[each].bases for base in options(value) if isinstance(base, Class)
                ]
        self._lineage[number] = (self.classes[number].bases, list(found.values()))
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
                return self.call(bound, Given(), frame, node)
            case Obj() if (
                instance and member.kind.isdigit() and self.member(member, "__get__", frame, node) is not None
            ):
                return self.protocol(member, ("__get__",), [obj, UNKNOWN], frame, node)
            case _:
                return member

    def attribute(self, value: Value, name: str, frame: Frame, node: ast.AST) -> Value:
        """What `value.name` stands for."""
        match value:
            case Either() | Guarded():
                return joined(
                    found if condition is None else guarded(condition, found)
                    for condition, option in _present(value)
                    for found in (self.attribute(option, name, frame, node),)
                )
            case Obj(kind=kind) if kind.isdigit():
                return self._of_instance(value, name, frame, node)
            case Module(name=module):
                return self.of_module(module, name)
            case Class(id=number):
                member = self.member(value, name, frame, node)
                if member is not None:
                    return self._settled(member, name)
                return (
                    const(self.classes[number].node.name)
                    if name in ("__name__", "__qualname__")
                    else Method(value, name)
                )
            case Super(after=after, bound=bound):
                found = self.member(bound, name, frame, node, after)
                return Method(value, name) if found is None else found
            case _:
                return self.library.attribute(value, name, frame, node)

    def of_module(self, module: str, name: str) -> Value:
        """A name of a module, or a module below it."""
        frame = self.module(module)
        source = self.tree.modules.get(module)
        if frame is not None and name in {**frame.locals, **frame.late}:
            return self._late(frame, name)
        below = f"{source.name if source else module}.{name}"
        if below in self.tree.modules:
            self.module(below)
            return Module(self.tree.modules[below].name)
        if name in ("__path__", "__dict__"):
            return Method(Module(module), name)
        if frame is not None and "__getattr__" in frame.locals:
            return self.call(frame.locals["__getattr__"], Given([const(name)]), frame, self.source(module).tree)
        return UNKNOWN

    def _of_instance(self, obj: Obj, name: str, frame: Frame, node: ast.AST) -> Value:
        value = self.get(obj, name)
        if value is None or _is_constant(value):
            self._set_attributes(obj, name, frame)
            value = self.get(obj, name)
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
            return self.call(chosen, Given([const(name)]), frame, node)
        return self.library.inherited(obj, name, self.outside_bases(int(obj.kind)))

    def _settled(self, value: Value, name: str) -> Value:
        """A literal in an attribute, or anything else where some code sets that attribute which the walk did not come by."""
        literal = isinstance(value, Const) and value.kind in ("bool", "NoneType", "str", "int")
        if literal and (self.widened or name in self._stored()):
            return join(value, UNKNOWN)
        return value

    def _stored(self) -> frozenset[str]:
        """The attributes that the source sets anywhere but where an object is made."""
        if self._attributes is None:
            found: set[str] = set()
            for source in self.tree.sources:
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
                        self.blind(replace(inner, bound=obj), frame)

    def _instance(self, value: Class, given: Given, frame: Frame, node: ast.AST) -> Value:
        info = self.classes[value.id]
        obj = Obj(str(value.id), (self.context("new", value.id, given.key),))
        self.heap.setdefault(obj, {})
        bases = self.outside_bases(value.id)
        if (made := self.library.instance(info, bases, given, frame, node)) is not None:
            return made
        new = self.member(value, "__new__", frame, node)
        if isinstance(new, Func):
            inner = Given([value, *given.args], dict(given.keywords), given.star, given.maybe, given.open)
            result = self.call(new, inner, frame, node)
            found = [option for option in options(result) if isinstance(option, Obj) and option.kind.isdigit()]
            if found:
                for option in found:
                    self._initialised(option, given, frame, node)
                return join(*found)
        self._initialised(obj, given, frame, node)
        return obj

    def _initialised(self, obj: Obj, given: Given, frame: Frame, node: ast.AST) -> None:
        init = self.member(obj, "__init__", frame, node)
        if init is not None:
            self.call(init, given, frame, node)
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
                value = self.library.default(default, frame, node)
            if given.source and name not in given.keywords:
                value = Arg(name)
            elif (given.open or given.star is not None) and name not in given.keywords:
                value = UNKNOWN if value is None else join(value, UNKNOWN)
            elif settings and default is not None and name not in given.keywords:
                value = self.library.from_environment(name, value)
            self.set(obj, name, UNKNOWN if value is None or value == const(...) else value)
        for name, value in given.keywords.items():
            if name not in declared:
                self.set(obj, name, value)
        for after in ("__post_init__", "model_post_init"):
            later = self.member(obj, after, frame, node)
            if later is not None:
                self.call(later, Given([UNKNOWN] if after.startswith("model") else []), frame, node)

    # ------------------------------------------------------------ what is found

    def register(self, found: Registered) -> None:
        """Notes a tool; the same name on the same server again is the same tool, and the last one counts."""
        self.registered[(str(found.registry.key), found.name)] = found

    def unresolved(self, what: str, why: str, frame: Frame, node: ast.AST, service: str = "") -> None:
        """Notes something that the source does of which it is not known what it needs."""
        frame.add(Made(service, what, site=self.site(node, frame), unresolved=why))

    def assigned(self, body: Sequence[ast.stmt]) -> tuple[str, ...]:
        """The names that statements set, those of functions inside of them left out."""
        key = id(body[0]) if body else 0
        known = self._assigned.get(key)
        if known is None:
            found: dict[str, None] = {}
            waiting: list[ast.AST] = list(body)
            while waiting:
                each = waiting.pop()
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    found[each.id] = None
                if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                    waiting.extend(ast.iter_child_nodes(each))
            known = self._assigned[key] = tuple(sorted(found))
        return known

    def protocol(self, value: Value, methods: Sequence[str], args: list[Value], frame: Frame, node: ast.AST) -> Value:
        """What an object of the source answers by the first of Python's own methods that its class has; UNKNOWN for none."""
        found: list[Value] = []
        for option in options(value):
            if isinstance(option, Obj) and option.kind.isdigit():
                for name in methods:
                    member = self.member(option, name, frame, node) if name else None
                    if member is not None:
                        found.append(self.call(member, Given(list(args)), frame, node))
                        break
        return joined(found)

    def protocol_of_bases(self, info: ClassInfo, frame: Frame, node: ast.AST) -> None:
        """Calls what the bases of a new class do with it."""
        for base in self.ancestors(info.id)[1:]:
            member = base.members.get("__init_subclass__")
            for option in options(member) if member is not None else ():
                inner = option.func if isinstance(option, Static) else option
                if isinstance(inner, Func):
                    self.call(replace(inner, bound=Class(info.id)), Given(), frame, node)

    def in_order(self, obj: Obj) -> list[Value] | None:
        """The fields of an object of a NamedTuple, in their order; None for any other object."""
        if not any(base.rpartition(".")[2] == "NamedTuple" for base in self.outside_bases(int(obj.kind))):
            return None
        names = [name for info in reversed(self.ancestors(int(obj.kind))) for name in info.fields]
        return [self.heap.get(obj, {}).get(name, UNKNOWN) for name in names]

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

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """What an expression stands for where `frame` is."""
        return evaluate(self, node, frame)

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Gives what `target` names the value."""
        statements.assign(self, target, value, frame)

    def truth(self, node: ast.expr, frame: Frame) -> conditions.Test:
        """Whether a test holds, as far as the source tells."""
        return conditions.tested(self, node, frame)

    def constants(self, values: Iterable[Value]) -> Sequence[object] | None:
        """Python's own values of literals; None where one is none."""
        found = []
        for value in values:
            if not isinstance(value, Const):
                return None
            found.append(value.value)
        return found

    def literal(self, value: Value) -> str | None:
        """The text that a value is, see `values.text`."""
        return text(value)


_CONTAINERS = frozenset({
    "list", "dict", "set", "tuple", "frozenset", "str", "bytes", "int", "float", "UserList", "UserDict", "UserString", "deque", "OrderedDict",
    "defaultdict", "Counter", "ChainMap", "Mapping", "MutableMapping", "Sequence", "MutableSequence", "Set", "MutableSet", "Sized", "Collection",
})  # fmt: skip
"""Classes whose objects may be empty, and then count as false."""


def _present(value: Value) -> tuple[tuple[Condition | None, Value], ...]:
    """The ways of a value, None left out where it may be something else: None has no attributes and cannot be called."""
    found = ways(value)
    if any(isinstance(way[1], Method) and isinstance(way[1].of, Session) for way in found):
        # A session, or something that is not followed and has the same methods.
        found = tuple(way for way in found if not (isinstance(way[1], Method) and way[1].of == UNKNOWN))
    return tuple(way for way in found if way[1] != NONE) or found


def _is_constant(value: Value) -> bool:
    return all(isinstance(option, Const) for option in options(value))


def names(when: str) -> tuple[str, ...]:
    """The parameters that a condition names."""
    return expressions.expression(when).names if len(when) <= expressions.LIMIT else ()


def _yields(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether a function is a generator: a yield of its own, not of a function inside of it."""
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(each))
    return False


def _scopes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function declares `global` and `nonlocal`."""
    shared: set[str] = set()
    outer: set[str] = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Global):
            shared.update(each.names)
        elif isinstance(each, ast.Nonlocal):
            outer.update(each.names)
        elif not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.expr)):
            waiting.extend(ast.iter_child_nodes(each))
    return frozenset(shared), frozenset(outer)
