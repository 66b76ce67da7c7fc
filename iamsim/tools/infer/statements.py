"""What runs a body: its statements one after the other, each by the function for its kind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from iamsim.tools.infer.binding import annotated, assignment, augmented
from iamsim.tools.infer.branches import if_, match
from iamsim.tools.infer.choices import options
from iamsim.tools.infer.defining import class_, function, import_, import_from
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame
from iamsim.tools.infer.handlers import try_, with_
from iamsim.tools.infer.loops import for_, while_
from iamsim.tools.infer.values import NONE, Obj, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


def run(walk: Interpreter, body: Sequence[ast.stmt], frame: Frame) -> bool:
    """Follows `body`; whether the run comes through to its end."""
    path, after = frame.path, frame.after
    try:
        return run_open(walk, body, frame)
    finally:
        frame.path, frame.after = path, after


def run_open(walk: Interpreter, body: Sequence[ast.stmt], frame: Frame) -> bool:
    """`run`, with the conditions that come up in `body` kept for what follows it."""
    for statement in body:
        walk.budget.step()
        if not _KINDS.get(type(statement), _nothing)(walk, statement, frame):
            return False
    return True


def _nothing(walk: Interpreter, node: ast.stmt, frame: Frame) -> bool:
    del walk, node, frame
    return True


def _expression(walk: Interpreter, node: ast.Expr, frame: Frame) -> bool:
    evaluate(walk, node.value, frame)
    return True


def _return(walk: Interpreter, node: ast.Return, frame: Frame) -> bool:
    frame.returns.append(NONE if node.value is None else evaluate(walk, node.value, frame))
    return False


def _raise(walk: Interpreter, node: ast.Raise, frame: Frame) -> bool:
    for each in (node.exc, node.cause):
        if each is not None:
            evaluate(walk, each, frame)
    return False


def _leave(walk: Interpreter, node: ast.stmt, frame: Frame) -> bool:
    del walk, node
    if frame.exits:
        frame.exits[-1].append(dict(frame.locals))
    return False


def _assert(walk: Interpreter, node: ast.Assert, frame: Frame) -> bool:
    evaluate(walk, node.test, frame)
    if node.msg is not None:
        evaluate(walk, node.msg, frame)
    return True


def _delete(walk: Interpreter, node: ast.Delete, frame: Frame) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.locals.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            key = evaluate(walk, target.slice, frame)
            owner = evaluate(walk, target.value, frame)
            for each in options(owner):
                if isinstance(each, Obj) and not each.kind.isdigit():
                    walk.loosen(each)
            walk.objects.protocol(owner, ("__delitem__",), [key], frame, node)
        elif isinstance(target, ast.Attribute):
            walk.objects.protocol(
                evaluate(walk, target.value, frame), ("__delattr__",), [const(target.attr)], frame, node
            )
    return True


_KINDS: dict[type[ast.stmt], Callable[[Interpreter, Any, Frame], bool]] = {
    ast.Expr: _expression,
    ast.Assign: assignment,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.If: if_,
    ast.For: for_,
    ast.AsyncFor: for_,
    ast.While: while_,
    ast.Try: try_,
    ast.TryStar: try_,
    ast.With: with_,
    ast.AsyncWith: with_,
    ast.Match: match,
    ast.Import: import_,
    ast.ImportFrom: import_from,
    ast.FunctionDef: function,
    ast.AsyncFunctionDef: function,
    ast.ClassDef: class_,
    ast.Assert: _assert,
    ast.Delete: _delete,
}
