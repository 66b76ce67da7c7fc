"""
A server's source followed without running it: what its expressions may stand for, and the API calls on the way.

The walk is an abstract interpretation. A function is followed once for each set of arguments that it is called with,
and its calls are kept, so that the next caller gets them again. Objects live on a heap that only grows; the walk is
repeated until the heap does. What is not understood is UNKNOWN, and an API call that may hide there is said so.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from iamsim.tools.infer import conditions, statements
from iamsim.tools.infer.binding import assign, bind
from iamsim.tools.infer.budget import Budget
from iamsim.tools.infer.choices import guarded, join, joined, options, ways
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.frameworks import Frameworks
from iamsim.tools.infer.heap import Heap
from iamsim.tools.infer.libraries import Library
from iamsim.tools.infer.made import Made, Registered
from iamsim.tools.infer.objects import Objects
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.scopes import Scopes
from iamsim.tools.infer.sdk_values import Registry, Session
from iamsim.tools.infer.source_code import ClassInfo, Function
from iamsim.tools.infer.syntax import assigned, declared, yields
from iamsim.tools.infer.tree import Source, Tree
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Class,
    Either,
    Env,
    Func,
    Guarded,
    Iter,
    Managed,
    Method,
    Module,
    Obj,
    Partial,
    Property,
    Static,
    Super,
    Value,
)

DEEPEST = 60
"""Calls nested deeper than this are not followed."""

RECURSIONS = 4
"""A function that calls itself with ever other arguments is followed this often."""


@dataclass(slots=True)
class Summary:
    """What one call of a function gave, and the API calls it made."""

    value: Value
    made: tuple[Made, ...]


@dataclass(slots=True)
class Interpreter(Heap):
    """
    The walk over one source tree, and what it found so far.

    `unnamed` are sentences on what it could not tell of the server as a whole, by where they arise.
    """

    tree: Tree

    # Code, by the numbers that values name it with, and where its names have values.
    functions: list[Function] = field(default_factory=list)
    classes: list[ClassInfo] = field(default_factory=list)
    frames: dict[int, Frame] = field(default_factory=dict)
    modules: dict[str, Frame] = field(default_factory=dict)
    scripts: set[str] = field(default_factory=set)  # modules that are run by themselves
    wrapped: dict[tuple[int, int], Value] = field(default_factory=dict)  # by functools.wraps: function and frame
    dispatched: dict[int, list[Value]] = field(default_factory=dict)  # by functools.singledispatch

    # Servers: their handlers and lifespan, those mounted under others with their prefix, and their tools.
    registries: dict[Registry, dict[str, Value]] = field(default_factory=dict)
    mounted: dict[tuple[Registry, Registry], str] = field(default_factory=dict)
    registered: dict[tuple[str, str], Registered] = field(default_factory=dict)
    tools: set[int] = field(default_factory=set)  # functions whose errors are a tool's
    unnamed: dict[str, str] = field(default_factory=dict)

    # Settings, and what else a manifest has to declare: parameters by name, with their value or a description.
    settings: dict[str, str | None] = field(default_factory=dict)
    command_line: dict[str, Env] = field(default_factory=dict)
    named: dict[str, Arg | Env] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    replaced: dict[Value, tuple[str, str]] = field(default_factory=dict)  # texts of claims, by re.sub

    strict: bool = False  # a handler takes the name of a tool for one that the source spells out
    widened: bool = False  # an attribute was set whose name is not known

    stack: list[Frame] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    objects: Objects = field(init=False)
    scopes: Scopes = field(init=False)
    frameworks: Frameworks = field(init=False)
    library: Library = field(init=False)
    _known: dict[int, int] = field(default_factory=dict)
    _class_of: dict[int, int] = field(default_factory=dict)
    _memory: dict[object, Summary] = field(default_factory=dict)
    _packages: frozenset[str] | None = None
    _assigned: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _running: dict[int, int] = field(default_factory=dict)
    _active: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Its parts need the walk itself."""
        self.objects, self.scopes = Objects(self), Scopes(self)
        self.frameworks, self.library = Frameworks(self), Library(self)

    # ------------------------------------------------------------ the walk

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
        self.objects.forget()
        self.scopes.forget()
        self.changed = False

    def source(self, module: str) -> Source:
        """The file of a module that was run."""
        return self.tree.modules[module]

    def site(self, node: ast.AST, frame: Frame) -> str:
        """`file:line` of `node`."""
        return f"{self.source(frame.module).file}:{getattr(node, 'lineno', 1)}"

    # ------------------------------------------------------------ functions

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame, owner: int | None = None
    ) -> Func:
        """The value of a function's definition."""
        number = self._known.get(id(node))
        if number is None:
            number = len(self.functions)
            self._known[id(node)] = number
            made = Function(number, node, frame.module, owner, yields(node))
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
        self.budget.step()
        match value:
            case Func():
                return self._called(value, given, frame, node)
            case Class():
                return self.objects.instance(value, given, frame, node)
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
            case Obj() if (
                value.kind.isdigit() and (called := self.objects.member(value, "__call__", frame, node)) is not None
            ):
                return self.call(called, given, frame, node)
            case _:
                return self.library.call(value, given, frame, node)

    def blind(self, function: Func, frame: Frame) -> Value:
        """What a function gives that nobody calls in sight: its arguments are UNKNOWN, its calls are nobody's."""
        node = self.functions[function.id].node
        places = [*node.args.posonlyargs, *node.args.args]
        given = Given([UNKNOWN] * max(0, len(places) - (function.bound is not None)))
        given.keywords = {each.arg: UNKNOWN for each in node.args.kwonlyargs}
        inner = Frame(self.context("blind"), frame.module)
        return self.call(function, given, inner, node)

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
        self.stack.append(inner)
        try:
            bind(self, info, value.bound, given, inner, parent or inner)
            if isinstance(info.node, ast.Lambda):
                inner.returns.append(evaluate(self, info.node.body, inner))
            else:
                inner.globals, inner.outer = declared(info.node)
                through = self.run(info.node.body, inner)
                if through and inner.returns:
                    inner.returns.append(NONE)
        finally:
            self._active.pop()
            self._running[value.id] -= 1
            self.stack.pop()
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
                return self.objects.of_instance(value, name, frame, node)
            case Module(name=module):
                return self.scopes.of_module(module, name)
            case Class():
                return self.objects.of_class(value, name, frame, node)
            case Super(after=after, bound=bound):
                found = self.objects.member(bound, name, frame, node, after)
                return Method(value, name) if found is None else found
            case _:
                return self.library.attribute(value, name, frame, node)

    # ------------------------------------------------------------ expressions and statements

    def assigned(self, body: Sequence[ast.stmt]) -> tuple[str, ...]:
        """The names that statements set, see `syntax.assigned`; looked up once for each body."""
        key = id(body[0]) if body else 0
        if key not in self._assigned:
            self._assigned[key] = assigned(body)
        return self._assigned[key]

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """What an expression stands for where `frame` is."""
        return evaluate(self, node, frame)

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Gives what `target` names the value."""
        assign(self, target, value, frame)

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        """Follows statements; whether the run comes through to their end."""
        return statements.run(self, body, frame)

    def run_open(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        """`run`, with the conditions that come up in `body` kept for what follows it."""
        return statements.run_open(self, body, frame)

    def truth(self, node: ast.expr, frame: Frame) -> conditions.Test:
        """Whether a test holds, as far as the source tells."""
        return conditions.tested(self, node, frame)

    # ------------------------------------------------------------ what is found

    def register(self, found: Registered) -> None:
        """Notes a tool; the same name on the same server again is the same tool, and the last one counts."""
        self.registered[(str(found.registry.key), found.name)] = found

    def unresolved(self, what: str, why: str, frame: Frame, node: ast.AST, service: str = "") -> None:
        """Notes something that the source does of which it is not known what it needs."""
        frame.add(Made(service, what, site=self.site(node, frame), unresolved=why))


def _present(value: Value) -> tuple[tuple[Condition | None, Value], ...]:
    """The ways of a value, None left out where it may be something else: None has no attributes and cannot be called."""
    found = ways(value)
    if any(isinstance(way[1], Method) and isinstance(way[1].of, Session) for way in found):
        # A session, or something that is not followed and has the same methods.
        found = tuple(way for way in found if not (isinstance(way[1], Method) and way[1].of == UNKNOWN))
    return tuple(way for way in found if way[1] != NONE) or found
