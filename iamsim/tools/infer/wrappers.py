"""Functions of functions: decorators, partial ones, those that run another in a thread or a task."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Operation
from iamsim.tools.infer.values import (
    UNKNOWN,
    Class,
    Func,
    Iter,
    Managed,
    Method,
    Outside,
    Partial,
    Property,
    Seq,
    Static,
    Value,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library


def partial(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`functools.partial`."""
    del library, frame, node
    function = given.get(0, "func")
    return (
        UNKNOWN
        if function is None
        else joined(
            Partial(option, tuple(given.args[1:]), tuple(sorted(given.keywords.items())))
            for option in options(function)
        )
    )


def identity(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """A decorator that leaves a function what it is; with other arguments it gives such a decorator."""
    del library, frame, node
    value = given.get(0)
    if value is not None and any(
        isinstance(option, (Func, Class, Partial, Managed, Property, Static)) for option in options(value)
    ):
        return value
    return Outside("functools.identity")


def wraps(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`functools.wraps(f)`: what it decorates has f's name and signature."""
    del library, frame, node
    return Method(given.get(0, "wrapped") or UNKNOWN, "wraps()")


def same(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """What is awaited, copied or cast is what it was."""
    del library, frame, node
    found = given.args[0] if given.args else next(iter(given.keywords.values()), UNKNOWN)
    return found.item if isinstance(found, Iter) and found.manager else found


def second(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`typing.cast`: the value is what it was."""
    del library, frame, node
    return given.get(1) or UNKNOWN


def gather(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`asyncio.gather`: what each of them gives."""
    del library, frame, node
    return Seq(tuple(given.args)) if given.star is None else Iter(joined([*given.args, given.star]))


def run(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """A function is called with the arguments behind it, in a thread or wherever."""
    function = given.get(0, "func", "function")
    if function is None:
        return UNKNOWN
    keywords = {
        name: value
        for name, value in given.keywords.items()
        if name not in ("func", "function", "limiter", "abandon_on_cancel", "backend")
    }
    if not any(isinstance(option, (Func, Class, Partial, Operation, Method, Outside)) for option in options(function)):
        return function
    return library.walk.call(
        function, Given(given.args[1:], keywords, given.star, given.maybe, given.open), frame, node
    )


def thread(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`threading.Thread`: its target is called."""
    target = given.get(1, "target")
    if target is not None:
        args = given.get(3, "args")
        library.walk.call(
            target, Given(items(library.walk, args, frame, node) if args is not None else []), frame, node
        )
    return UNKNOWN


def managed(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`contextlib.contextmanager`."""
    del library, frame, node
    return joined(
        Managed(option) if isinstance(option, (Func, Partial)) else option
        for option in options(given.get(0) or UNKNOWN)
    )


def property_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`property`."""
    del library, frame, node
    return Property(given.get(0, "fget") or UNKNOWN)


def static(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`staticmethod`."""
    del library, frame, node
    return Static(given.get(0) or UNKNOWN)


def classmethod_(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`classmethod`."""
    del library, frame, node
    return Static(given.get(0) or UNKNOWN, owner=True)
