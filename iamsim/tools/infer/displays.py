"""Lists, dicts and tuples as they are written out, and comprehensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import joined, options
from iamsim.tools.infer.containers import MOST_ITEMS, apart, items, updated
from iamsim.tools.infer.frames import Frame
from iamsim.tools.infer.values import UNKNOWN, Const, Iter, Obj, Seq, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


def tuple_(walk: Interpreter, node: ast.Tuple, frame: Frame) -> Value:
    """`a, b`: its items at their places."""
    found: list[Value] = []
    for each in node.elts:
        value = walk.evaluate(each.value if isinstance(each, ast.Starred) else each, frame)
        if isinstance(each, ast.Starred):
            found += items(walk, value, frame, node)
        else:
            found.append(value)
    return Seq(tuple(found)) if len(found) <= MOST_ITEMS else Iter(joined(found))


def list_(walk: Interpreter, node: ast.List | ast.Set, frame: Frame) -> Value:
    """`[a, b]` or `{a, b}`."""
    made = walk.allocate("list", frame, node)
    fields = walk.heap[made]
    walk.displays.add(made)
    for number, each in enumerate(node.elts):
        value = walk.evaluate(each.value if isinstance(each, ast.Starred) else each, frame)
        if isinstance(each, ast.Starred):
            for item in items(walk, value, frame, node):
                walk.set(made, "*", item)
        elif len(fields) > MOST_ITEMS:
            walk.set(made, "*", value)
        else:
            walk.set(made, str(number), value)
    return made


def dict_(walk: Interpreter, node: ast.Dict, frame: Frame) -> Value:
    """`{a: b}`: under keys that are texts or numbers, else under any."""
    made = walk.allocate("dict", frame, node)
    walk.displays.add(made)
    for key, item in zip(node.keys, node.values, strict=True):
        value = walk.evaluate(item, frame)
        if key is None:
            updated(walk, made, value, maybe=False)
            continue
        name = walk.evaluate(key, frame)
        for option in options(name):
            inner = option.value if isinstance(option, Const) else None
            walk.set(
                made, str(inner) if isinstance(inner, (str, int)) and len(walk.heap[made]) < MOST_ITEMS else "*", value
            )
    return made


def comprehension(
    walk: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
) -> Value:
    """`[… for … in …]`: its names are its own."""
    names = {
        each.id for generator in node.generators for each in ast.walk(generator.target) if isinstance(each, ast.Name)
    }
    hidden = {name: frame.locals[name] for name in names if name in frame.locals}
    made: Value = walk.allocate("dict" if isinstance(node, ast.DictComp) else "list", frame, node)
    frame.depth += 1
    try:
        _generated(walk, node, 0, frame, made)
    finally:
        frame.depth -= 1
        for name in names:
            frame.locals.pop(name, None)
        frame.locals.update(hidden)
    return made


def _generated(
    walk: Interpreter,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    number: int,
    frame: Frame,
    made: Value,
) -> None:
    """Fills the list or dict of a comprehension, from its generator `number` on."""
    if not isinstance(made, Obj):
        return
    if number == len(node.generators):
        if isinstance(node, ast.DictComp):
            key = walk.evaluate(node.key, frame)
            value = walk.evaluate(node.value, frame)
            for option in options(key):
                inner = option.value if isinstance(option, Const) else None
                walk.set(made, str(inner) if isinstance(inner, (str, int)) else "*", value)
        else:
            fields = walk.heap[made]
            value = walk.evaluate(node.elt, frame)
            if value not in fields.values():
                walk.set(made, str(len(fields)) if len(fields) < MOST_ITEMS else "*", value)
        return
    generator = node.generators[number]
    over = walk.evaluate(generator.iter, frame)
    listed = items(walk, over, frame, node)
    rounds = (
        listed if apart(walk, over, listed) else [joined(listed)] if listed else [] if over == Seq(()) else [UNKNOWN]
    )
    before = frame.rounds
    for index, item in enumerate(rounds):
        frame.rounds = (*before, index) if len(rounds) > 1 else before
        walk.assign(generator.target, item, frame)
        tests = [walk.truth(test, frame) for test in generator.ifs]
        if any(test.holds is False for test in tests):
            continue
        with frame.under(*(test.condition for test in tests if test.holds is None)):
            _generated(walk, node, number + 1, frame, made)
    frame.rounds = before
