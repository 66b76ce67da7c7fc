"""Expressions followed: what each may stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iamsim.tools.infer.conditions import Test, compared
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    Answer,
    Arg,
    Args,
    Claim,
    Claims,
    Class,
    Collection,
    Const,
    Env,
    Iter,
    Method,
    Obj,
    Outside,
    Seq,
    Text,
    Value,
    concatenated,
    const,
    guarded,
    join,
    joined,
    options,
    text,
    ways,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.MatMult: "matmul",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip

MOST_ITEMS = 400
"""Of a longer list in the source the items are one."""


def evaluate(walk: Interpreter, node: ast.expr, frame: Frame) -> Value:
    """What `node` stands for where `frame` is; the API calls on the way are noted there."""
    walk.step()
    kind = _KINDS.get(type(node))
    return UNKNOWN if kind is None else kind(walk, node, frame)


def names_of(node: ast.AST) -> list[str]:
    """`a.b.c` as its names; empty for another expression."""
    found = []
    while isinstance(node, ast.Attribute):
        found.append(node.attr)
        node = node.value
    return [node.id, *reversed(found)] if isinstance(node, ast.Name) else []


def items(walk: Interpreter, value: Value, frame: Frame, node: ast.AST) -> list[Value]:
    """What walking over `value` gives, one by one where that is known; else each once."""
    found: list[Value] = []
    for option in options(value):
        match option:
            case Seq(items=listed):
                found += listed
            case Iter(item=item):
                found.append(item)
            case Obj(kind="list"):
                found += walk.heap.get(option, {}).values()
            case Obj(kind="dict"):
                found += [UNKNOWN if name in ("*", "**") else const(name) for name in walk.heap.get(option, {})]
            case Obj(kind=kind) if kind.isdigit():
                method = walk.member(option, "__iter__", frame, node) or walk.member(option, "__aiter__", frame, node)
                if method is not None:
                    found += items(walk, walk.call(method, Given(), frame, node), frame, node)
                else:
                    found.append(UNKNOWN)
            case Arg():
                found.append(Arg(option.name))
            case Collection():
                found.append(walk.library.sdk.item(option, frame, node))
            case Class(id=number):
                found += [
                    value
                    for name, value in walk.classes[number].members.items()
                    if not name.startswith("_") and isinstance(value, Const)
                ]
            case Const(kind="NoneType"):
                pass
            case _:
                walk.library.walked(option, frame, node)
                found.append(UNKNOWN)
    return found if len(found) <= MOST_ITEMS else [joined(found)]


# ---------------------------------------------------------------- one function for each kind of expression


def _constant(walk: Interpreter, node: ast.Constant, frame: Frame) -> Value:
    del walk, frame
    return const(node.value)


def _name(walk: Interpreter, node: ast.Name, frame: Frame) -> Value:
    return walk.name(node.id, frame)


def _attribute(walk: Interpreter, node: ast.Attribute, frame: Frame) -> Value:
    return walk.attribute(evaluate(walk, node.value, frame), node.attr, frame, node)


def _call(walk: Interpreter, node: ast.Call, frame: Frame) -> Value:
    function = evaluate(walk, node.func, frame)
    given = arguments(walk, node, frame)
    if isinstance(node.func, ast.Attribute) and walk.library.watched(function, node, given, frame):
        before, frame.likely = frame.likely, frame.likely or "it may be called on another client, which is not followed"
        answer = walk.call(function, given, frame, node)
        frame.likely = before
        return answer
    return walk.call(function, given, frame, node)


def arguments(walk: Interpreter, node: ast.Call, frame: Frame) -> Given:
    """The arguments of a call, spread ones too."""
    given = Given()
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = evaluate(walk, argument.value, frame)
            if isinstance(value, Seq) and given.star is None:
                given.args += value.items
            elif isinstance(value, Obj) and value.kind == "list" and "*" not in walk.heap.get(value, {}):
                given.args += walk.heap.get(value, {}).values()
            else:
                listed = joined(items(walk, value, frame, node) or [UNKNOWN])
                given.star = listed if given.star is None else join(given.star, listed)
        else:
            value = evaluate(walk, argument, frame)
            if given.star is None:
                given.args.append(value)
            else:
                given.star = join(given.star, value)
    maybe: set[str] = set()
    for keyword in node.keywords:
        value = evaluate(walk, keyword.value, frame)
        if keyword.arg is not None:
            given.keywords[keyword.arg] = value
            continue
        spread = [option for option in options(value) if option != NONE]
        for option in spread:
            fields = walk.heap.get(option) if isinstance(option, Obj) and option.kind == "dict" else None
            given.source = given.source or isinstance(option, Args) or (fields is not None and "**" in fields)
            if fields is None:
                given.open = True
                continue
            for name, field in fields.items():
                if name in ("*", "**"):
                    given.open = True
                    continue
                given.keywords[name] = join(given.keywords[name], field) if name in given.keywords else field
                if (option, name) in walk.maybe or len(spread) > 1:
                    maybe.add(name)
    given.maybe = frozenset(maybe)
    return given


def _subscript(walk: Interpreter, node: ast.Subscript, frame: Frame) -> Value:
    value = evaluate(walk, node.value, frame)
    if isinstance(node.slice, ast.Slice):
        for bound in (node.slice.lower, node.slice.upper, node.slice.step):
            if bound is not None:
                evaluate(walk, bound, frame)
        return sliced(value, start=node.slice.lower is None)
    return subscripted(walk, value, evaluate(walk, node.slice, frame), frame, node)


def sliced(value: Value, *, start: bool) -> Value:
    """
    A part of a list or a text: of a list its items.

    Of an argument, which may be either, the first part (`start`) is taken for the argument, any other is not known.
    """
    kept = (Seq, Iter, Obj, Collection) if not start else (Seq, Iter, Obj, Collection, Arg, Text, Claim)
    return joined(option if isinstance(option, kept) else UNKNOWN for option in options(value))


def subscripted(walk: Interpreter, value: Value, index: Value, frame: Frame, node: ast.AST) -> Value:
    """What `value[index]` stands for."""
    keys = options(index)
    if walk.strict and UNKNOWN in keys and any(isinstance(key, Const) and key.kind == "str" for key in keys):
        # A table of a low-level server: what is looked up is the tool that was found by its name.
        keys = tuple(key for key in keys if key != UNKNOWN)
    return joined(
        found if condition is None else guarded(condition, found)
        for condition, owner in ways(value)
        for key in keys
        for found in (_indexed(walk, owner, key, frame, node),)
    )


def chosen(walk: Interpreter, owner: Obj, key: Value) -> Value:
    """What a dict holds under a key that an argument or a setting gives: each of its values where the key is its own."""
    fields = walk.heap.get(owner, {})
    if not isinstance(key, (Arg, Env)) or "*" in fields or "**" in fields:
        return field_of(walk, owner, None)
    tests = {name: compared(key, ast.Eq(), const(name), f"{key.name} == {name!r}", walk) for name in fields}
    return joined(guarded(tests[name].condition, value) for name, value in fields.items())


def _indexed(walk: Interpreter, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
    name = key.value if isinstance(key, Const) else None
    if key == NONE:
        return UNKNOWN
    match owner:
        case Seq(items=listed):
            if isinstance(name, int) and -len(listed) <= name < len(listed):
                return listed[name]
            return joined(listed)
        case Iter(item=item):
            return item
        case Obj(kind="list"):
            fields = walk.heap.get(owner, {})
            if isinstance(name, int) and name >= 0 and str(name) in fields:
                return fields[str(name)]
            return joined(fields.values())
        case Obj(kind="dict"):
            return field_of(walk, owner, name) if isinstance(name, (str, int)) else chosen(walk, owner, key)
        case Obj(kind=kind) if kind.isdigit():
            method = walk.member(owner, "__getitem__", frame, node)
            if method is not None:
                return walk.call(method, Given([key]), frame, node)
            return walk.get(owner, name) or UNKNOWN if isinstance(name, str) else UNKNOWN
        case Obj():
            return walk.get(owner, name) or UNKNOWN if isinstance(name, str) else UNKNOWN
        case Args():
            return Arg(name) if isinstance(name, str) else UNKNOWN
        case Arg():
            return Arg(f"{owner.name}.{name}") if isinstance(name, str) and name.isidentifier() else Arg(owner.name)
        case Claims():
            return Claim(name) if isinstance(name, str) else UNKNOWN
        case Answer(operation=operation, path=path, call=call):
            return Answer(operation, (*path, name), call) if isinstance(name, str) and len(path) < 6 else UNKNOWN  # noqa: PLR2004
        case Outside() | Method() | Class():
            return walk.library.indexed(owner, key, frame, node)
        case _:
            return UNKNOWN


def field_of(walk: Interpreter, obj: Obj, name: str | int | None) -> Value:
    """What a dict may hold under `name`; of an unknown one, anything in it."""
    fields = walk.heap.get(obj, {})
    if name is not None and str(name) in fields:
        return fields[str(name)]
    if name is not None and "**" in fields:
        return Arg(str(name))
    if name is not None:
        return fields.get("*", UNKNOWN)
    return joined(fields.values())


def _text(walk: Interpreter, node: ast.JoinedStr, frame: Frame) -> Value:
    parts: list[str | Value] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            value = evaluate(walk, part.value, frame)
            walk.protocol(value, ("__format__", "__str__", "__repr__"), [], frame, node)
            if part.format_spec is not None:
                # Padded, cut, or counted: no longer the same text.
                evaluate(walk, part.format_spec, frame)
                value = UNKNOWN
            parts.append(value)
    return concatenated(parts)


def _binary(walk: Interpreter, node: ast.BinOp, frame: Frame) -> Value:
    # A long sum is a chain to the left: walked, not descended.
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = evaluate(walk, chain[-1].left, frame)
    for each in reversed(chain):
        value = _operated(walk, value, each.op, evaluate(walk, each.right, frame), frame, each)
    return value


def _operated(
    walk: Interpreter, left: Value, operator: ast.operator, right: Value, frame: Frame, node: ast.AST
) -> Value:
    own = walk.protocol(left, (f"__{_OPERATORS.get(type(operator), '')}__",), [right], frame, node)
    if own == UNKNOWN:
        own = walk.protocol(right, (f"__r{_OPERATORS.get(type(operator), '')}__",), [left], frame, node)
    if own != UNKNOWN:
        return own
    if isinstance(operator, ast.Add):
        if isinstance(left, Seq) and isinstance(right, Seq):
            return Seq((*left.items, *right.items))
        if any(isinstance(option, (Obj, Seq)) for side in (left, right) for option in options(side)):
            return Iter(joined([*items(walk, left, frame, node), *items(walk, right, frame, node)] or [UNKNOWN]))
        if any(
            isinstance(option, (Text, Arg, Env, Claim)) or text(option) is not None
            for side in (left, right)
            for option in options(side)
        ):
            return concatenated((left, right))
    if isinstance(operator, ast.Mod) and (template := text(left)) is not None:
        pieces = template.replace("%s", "\0").split("\0")
        filling = list(right.items) if isinstance(right, Seq) else [right]
        if len(pieces) == len(filling) + 1 and "%" not in "".join(pieces):
            return concatenated([piece for pair in zip(pieces, [*filling, ""], strict=True) for piece in pair])
        return UNKNOWN
    if isinstance(operator, ast.Div):
        return walk.library.joined_path(left, right)
    if isinstance(operator, ast.BitOr) and isinstance(left, Obj) and left.kind == "dict":
        made = walk.allocate("dict", frame, node, "or")
        walk.library.updated(made, left, maybe=False)
        walk.library.updated(made, right, maybe=False)
        return made
    return UNKNOWN


def _bool(walk: Interpreter, node: ast.BoolOp, frame: Frame) -> Value:
    # `a or b` is b where a is certainly empty, a where it certainly is not.
    found: list[Value] = []
    is_or = isinstance(node.op, ast.Or)
    for number, each in enumerate(node.values):
        value = evaluate(walk, each, frame)
        last = number == len(node.values) - 1
        if last:
            found.append(value)
            break
        kept = []
        for option in options(value):
            holds = walk.library.truth(option)
            if holds is None or holds is is_or:
                kept.append(option)
        found += kept
        if kept and all(walk.library.truth(option) is is_or for option in options(value)):
            break
    return joined(found)


def _conditional(walk: Interpreter, node: ast.IfExp, frame: Frame) -> Value:
    test = walk.truth(node.test, frame)
    if test.holds is not None:
        return evaluate(walk, node.body if test.holds else node.orelse, frame)
    opposite = test.condition.negated()
    with frame.under(test.condition):
        first = evaluate(walk, node.body, frame)
    with frame.under(opposite):
        second = evaluate(walk, node.orelse, frame)
    return join(guarded(test.condition, first), guarded(opposite, second))


def _compare(walk: Interpreter, node: ast.Compare, frame: Frame) -> Value:
    test = walk.truth(node, frame) if len(node.ops) == 1 else None
    if test is None:
        for each in (node.left, *node.comparators):
            evaluate(walk, each, frame)
        return UNKNOWN
    return _told(test)


def _told(test: Test) -> Value:
    """A test as a value: true and false under its condition, where a manifest can say that."""
    if test.holds is not None:
        return TRUE if test.holds else FALSE
    if not test.condition.exact or not test.condition.when:
        return UNKNOWN
    return join(guarded(test.condition, TRUE), guarded(test.condition.negated(), FALSE))


def _unary(walk: Interpreter, node: ast.UnaryOp, frame: Frame) -> Value:
    if isinstance(node.op, ast.Not):
        return _told(walk.truth(node, frame))
    value = evaluate(walk, node.operand, frame)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
        return const(-value.value)
    return UNKNOWN


def _tuple(walk: Interpreter, node: ast.Tuple, frame: Frame) -> Value:
    found: list[Value] = []
    for each in node.elts:
        value = evaluate(walk, each.value if isinstance(each, ast.Starred) else each, frame)
        if isinstance(each, ast.Starred):
            found += items(walk, value, frame, node)
        else:
            found.append(value)
    return Seq(tuple(found)) if len(found) <= MOST_ITEMS else Iter(joined(found))


def _list(walk: Interpreter, node: ast.List | ast.Set, frame: Frame) -> Value:
    made = walk.allocate("list", frame, node)
    fields = walk.heap[made]
    walk.displays.add(made)
    for number, each in enumerate(node.elts):
        value = evaluate(walk, each.value if isinstance(each, ast.Starred) else each, frame)
        if isinstance(each, ast.Starred):
            for item in items(walk, value, frame, node):
                walk.set(made, "*", item)
        elif len(fields) > MOST_ITEMS:
            walk.set(made, "*", value)
        else:
            walk.set(made, str(number), value)
    return made


def _dict(walk: Interpreter, node: ast.Dict, frame: Frame) -> Value:
    made = walk.allocate("dict", frame, node)
    walk.displays.add(made)
    for key, item in zip(node.keys, node.values, strict=True):
        value = evaluate(walk, item, frame)
        if key is None:
            walk.library.updated(made, value, maybe=False)
            continue
        name = evaluate(walk, key, frame)
        for option in options(name):
            inner = option.value if isinstance(option, Const) else None
            walk.set(
                made, str(inner) if isinstance(inner, (str, int)) and len(walk.heap[made]) < MOST_ITEMS else "*", value
            )
    return made


def _lambda(walk: Interpreter, node: ast.Lambda, frame: Frame) -> Value:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None and not isinstance(default, ast.Constant):
            evaluate(walk, default, frame)
    return walk.function(node, frame, frame.owner)


def _await(walk: Interpreter, node: ast.Await | ast.Starred, frame: Frame) -> Value:
    value = evaluate(walk, node.value, frame)
    return joined(option.item if isinstance(option, Iter) and option.manager else option for option in options(value))


def _yield(walk: Interpreter, node: ast.Yield, frame: Frame) -> Value:
    frame.yields.append(NONE if node.value is None else evaluate(walk, node.value, frame))
    return UNKNOWN


def _yield_from(walk: Interpreter, node: ast.YieldFrom, frame: Frame) -> Value:
    frame.yields += items(walk, evaluate(walk, node.value, frame), frame, node)
    return UNKNOWN


def _walrus(walk: Interpreter, node: ast.NamedExpr, frame: Frame) -> Value:
    value = evaluate(walk, node.value, frame)
    frame.locals[node.target.id] = value
    return value


def _comprehension(
    walk: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
) -> Value:
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

    if not isinstance(made, Obj):
        return
    if number == len(node.generators):
        if isinstance(node, ast.DictComp):
            key = evaluate(walk, node.key, frame)
            value = evaluate(walk, node.value, frame)
            for option in options(key):
                inner = option.value if isinstance(option, Const) else None
                walk.set(made, str(inner) if isinstance(inner, (str, int)) else "*", value)
        else:
            fields = walk.heap[made]
            value = evaluate(walk, node.elt, frame)
            if value not in fields.values():
                walk.set(made, str(len(fields)) if len(fields) < MOST_ITEMS else "*", value)
        return
    generator = node.generators[number]
    over = evaluate(walk, generator.iter, frame)
    listed = items(walk, over, frame, node)
    rounds = (
        listed
        if walk.library.apart(over, listed)
        else [joined(listed)]
        if listed
        else []
        if over == Seq(())
        else [UNKNOWN]
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


_KINDS: dict[type[ast.expr], Callable[[Interpreter, Any, Frame], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.JoinedStr: _text,
    ast.BinOp: _binary,
    ast.BoolOp: _bool,
    ast.IfExp: _conditional,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.Lambda: _lambda,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.NamedExpr: _walrus,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Starred: _await,
}
