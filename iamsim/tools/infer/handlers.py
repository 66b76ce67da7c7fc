"""Statements that meet errors: `try` with its handlers, and `with`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.binding import assign
from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.conditions import holds
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, Given, merged
from iamsim.tools.infer.syntax import names_of, own_nodes
from iamsim.tools.infer.values import UNKNOWN, Iter, Obj, Outside, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_AWS_ERRORS = frozenset(
    {"Exception", "BaseException", "ClientError", "BotoCoreError", "NoCredentialsError", "AWSError"}
)
_EMPTY = (None, False, "", 0)


def try_(walk: Interpreter, node: ast.Try, frame: Frame) -> bool:
    """`try`: its calls are optional where every handler for an AWS error goes on as if nothing had happened."""
    aws = [handler for handler in node.handlers if _catches_aws(handler)]
    outermost = walk.outermost(frame)
    swallows = bool(aws) and all(_swallows(handler, outermost=outermost) for handler in aws)
    before, was, seen = frame.locals, frame.swallowed, set(frame.made)
    frame.locals = dict(before)
    frame.swallowed = was or swallows
    path = frame.path
    try:
        through = walk.run_open(node.body, frame)
        later = frame.path
    finally:
        frame.swallowed, frame.path = was, path
    made = tuple(dict.fromkeys(each.name for each in frame.made if each not in seen and not each.unresolved))
    body = frame.locals
    if through and node.orelse:
        frame.path = later
        through = walk.run_open(node.orelse, frame)
        later, frame.path = frame.path, path
    ends = [frame.locals] if through else []
    handled = False
    for handler in node.handlers:
        frame.locals = merged(before, body)
        if handler.name:
            frame.locals[handler.name] = UNKNOWN
        after = frame.after
        if handler in aws:
            frame.after = tuple(dict.fromkeys((*after, *made)))[:8]
        frame.depth += 1
        if walk.run(handler.body, frame):
            ends.append(frame.locals)
            handled = True
        frame.depth -= 1
        frame.after = after
    frame.locals = ends[0] if ends else merged(before, body)
    for names in ends[1:]:
        frame.locals = merged(frame.locals, names)
    if through and not handled:
        frame.path = later
    if not through and handled and aws:
        # What follows is reached after a failure alone.
        frame.after = tuple(dict.fromkeys((*frame.after, *made)))[:8]
    return walk.run_open(node.finalbody, frame) and bool(ends)


def with_(walk: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame) -> bool:
    """`with`: what entering and leaving calls, and whether an error in the body ends there."""
    was = frame.swallowed
    left: list[Value] = []
    swallows = False
    for item in node.items:
        value = evaluate(walk, item.context_expr, frame)
        swallows = swallows or any(isinstance(option, Iter) and option.manager for option in options(value))
        if _suppresses(value):
            frame.swallowed = swallows = True
        entered = joined(_entered(walk, option, frame, node) for option in options(value))
        left += [option for option in options(value) if isinstance(option, Obj) and option.kind.isdigit()]
        if item.optional_vars is not None:
            assign(walk, item.optional_vars, entered, frame)
    before = frame.locals
    through = walk.run_open(node.body, frame)
    frame.swallowed = was
    for obj in left:
        for name in ("__exit__", "__aexit__"):
            method = walk.objects.member(obj, name, frame, node)
            if method is not None:
                answer = walk.call(method, Given([UNKNOWN, UNKNOWN, UNKNOWN]), frame, node)
                swallows = swallows or any(holds(option, walk) is not False for option in options(answer))
    if not through and swallows:
        # An error in the body may end there, and what follows is run.
        frame.locals = merged(before, frame.locals)
        return True
    return through


def _catches_aws(handler: ast.ExceptHandler) -> bool:
    """Whether a handler is for an error of an AWS call, too."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for kind in kinds:
        written = names_of(kind)
        if not written or written[-1] in _AWS_ERRORS or "exceptions" in written[:-1]:
            return True
    return False


def _swallows(handler: ast.ExceptHandler, *, outermost: bool) -> bool:
    """
    Whether whoever called goes on as if nothing had happened.

    What the tool's own function answers after an error is the tool's failure, whatever it says; so is what tells the
    error on, or that there was one.
    """
    last = handler.body[-1]
    raising = any(isinstance(each, ast.Raise) for each in own_nodes(handler.body))
    if raising:
        return False
    if isinstance(last, ast.Return):
        if outermost:
            return False
        return last.value is None or _is_empty(last.value)
    if handler.name is None:
        return True
    tells = [each for each in own_nodes(handler.body) if isinstance(each, (ast.Assign, ast.Return, ast.AugAssign))]
    return not any(
        isinstance(inner, ast.Name) and inner.id == handler.name for each in tells for inner in ast.walk(each)
    )


def _is_empty(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return value in _EMPTY
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
            return True
        case _:
            return False


def _entered(walk: Interpreter, value: Value, frame: Frame, node: ast.AST) -> Value:
    if isinstance(value, Iter):
        return value.item
    if isinstance(value, Obj) and value.kind.isdigit():
        for name in ("__enter__", "__aenter__"):
            method = walk.objects.member(value, name, frame, node)
            if method is not None:
                return walk.call(method, Given(), frame, node)
    return value


def _suppresses(value: Value) -> bool:
    """Whether entering `value` swallows errors."""
    return isinstance(value, Outside) and value.name == "contextlib.suppress()"
