"""Loops, followed once or as often as what one round leaves to the next matters to it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamsim.tools.infer.binding import assign
from iamsim.tools.infer.choices import join, joined, options
from iamsim.tools.infer.containers import apart, items
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, merged
from iamsim.tools.infer.syntax import own_nodes
from iamsim.tools.infer.values import LATER, UNKNOWN, Const, Obj, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_ROUNDS = 3
"""A loop is followed this often again where what one round leaves to the next may matter to it."""


def for_(walk: Interpreter, node: ast.For | ast.AsyncFor, frame: Frame) -> bool:
    """`for`: the items one by one where they are few or code, else one that stands for all."""
    over = evaluate(walk, node.iter, frame)
    listed = items(walk, over, frame, node)
    if apart(walk, over, listed):
        rounds = frame.rounds
        for number, item in enumerate(listed):
            frame.rounds = (*rounds, number)
            _around(walk, node, item, frame, always=True)
        frame.rounds = rounds
    else:
        _around(walk, node, joined(listed) if listed else UNKNOWN, frame)
    return walk.run_open(node.orelse, frame)


def while_(walk: Interpreter, node: ast.While, frame: Frame) -> bool:
    """`while`: its body is followed where its test may hold."""
    test = walk.truth(node.test, frame)
    if test.holds is False:
        return walk.run_open(node.orelse, frame)
    _looped(walk, node.body, frame)
    if test.holds is True and not any(isinstance(each, ast.Break) for each in own_nodes(node.body)):
        return False
    return walk.run_open(node.orelse, frame)


def _around(
    walk: Interpreter, node: ast.For | ast.AsyncFor, item: Value, frame: Frame, *, always: bool = False
) -> None:
    assign(walk, node.target, item, frame)
    _looped(walk, node.body, frame, always=always)


def _looped(walk: Interpreter, body: Sequence[ast.stmt], frame: Frame, *, always: bool = False) -> None:
    """One round of a loop, and another one where names that the first one changed may matter to it."""
    before = start = frame.locals
    frame.locals = dict(before)
    if not always:
        # What the loop sets a literal to in one round is what the next one begins with.
        for name in walk.assigned(body):
            if isinstance(before.get(name), Const):
                frame.locals[name] = join(before[name], LATER)
    frame.exits.append([])
    frame.depth += 0 if always else 1
    try:
        through = walk.run(body, frame)
        after = frame.locals if through else None
        for _ in range(_ROUNDS if len(frame.exits) == 1 else 0):
            if after is None or not _matters(start, after):
                break
            start = frame.locals = merged(start, after)
            frame.locals = dict(start)
            after = merged(after, frame.locals) if walk.run(body, frame) else after
    finally:
        frame.depth -= 0 if always else 1
        left = frame.exits.pop()
    frame.locals = before if after is None else merged(before, after)
    for names in left:
        frame.locals = merged(frame.locals, names)


def _matters(before: dict[str, Value], after: dict[str, Value]) -> bool:
    return any(
        name in before
        and before[name] is not value
        and any(_is_used(option) for option in options(value) if option not in options(before[name]))
        for name, value in after.items()
    )


def _is_used(value: Value) -> bool:
    return any(not isinstance(option, (Const, Obj)) and option != UNKNOWN for option in options(value))
