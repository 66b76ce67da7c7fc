"""What the syntax of a source tells by itself, whatever it is run with."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def names_of(node: ast.AST) -> list[str]:
    """`a.b.c` as its names; empty for another expression."""
    found = []
    while isinstance(node, ast.Attribute):
        found.append(node.attr)
        node = node.value
    return [node.id, *reversed(found)] if isinstance(node, ast.Name) else []


def own_nodes(body: Sequence[ast.stmt]) -> list[ast.AST]:
    """The statements of a loop's body that are not inside of another loop or function."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(body)
    while waiting:
        each = waiting.pop()
        found.append(each)
        if isinstance(each, (ast.For, ast.While, ast.AsyncFor)):
            # A break in an inner loop's else is one of the outer loop.
            waiting.extend(each.orelse)
        elif not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            waiting.extend(ast.iter_child_nodes(each))
    return found


def yields(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether a function is a generator: a yield of its own, not of a function inside of it."""
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(each))
    return False


def declared(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[frozenset[str], frozenset[str]]:
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


def assigned(body: Sequence[ast.stmt]) -> tuple[str, ...]:
    """The names that statements set, those of functions inside of them left out; sorted."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(each))
    return tuple(sorted(found))


def defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    """The defaults of parameters, by their names; one that must be given has none."""
    places = [*arguments.posonlyargs, *arguments.args]
    found = dict(
        zip((each.arg for each in places[len(places) - len(arguments.defaults) :]), arguments.defaults, strict=True)
    )
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            found[each.arg] = default
    return found
