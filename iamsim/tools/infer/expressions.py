"""Expressions followed: what each may stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iamsim.tools.infer.choices import concatenated, guarded, join, joined, options, text
from iamsim.tools.infer.conditions import Test, holds
from iamsim.tools.infer.containers import items, sliced, subscripted, updated
from iamsim.tools.infer.displays import comprehension, dict_, list_, tuple_
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    Arg,
    Args,
    Claim,
    Const,
    Env,
    Iter,
    Obj,
    Seq,
    Text,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.MatMult: "matmul",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip


def evaluate(walk: Interpreter, node: ast.expr, frame: Frame) -> Value:
    """What `node` stands for where `frame` is; the API calls on the way are noted there."""
    walk.budget.step()
    kind = _KINDS.get(type(node))
    return UNKNOWN if kind is None else kind(walk, node, frame)


def _constant(walk: Interpreter, node: ast.Constant, frame: Frame) -> Value:
    del walk, frame
    return const(node.value)


def _name(walk: Interpreter, node: ast.Name, frame: Frame) -> Value:
    return walk.scopes.name(node.id, frame)


def _attribute(walk: Interpreter, node: ast.Attribute, frame: Frame) -> Value:
    return walk.attribute(evaluate(walk, node.value, frame), node.attr, frame, node)


def _call(walk: Interpreter, node: ast.Call, frame: Frame) -> Value:
    function = evaluate(walk, node.func, frame)
    given = arguments(walk, node, frame)
    if isinstance(node.func, ast.Attribute) and walk.library.suspicions.watched(function, node, given, frame):
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


def _text(walk: Interpreter, node: ast.JoinedStr, frame: Frame) -> Value:
    parts: list[str | Value] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            value = evaluate(walk, part.value, frame)
            walk.objects.protocol(value, ("__format__", "__str__", "__repr__"), [], frame, node)
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
    own = walk.objects.protocol(left, (f"__{_OPERATORS.get(type(operator), '')}__",), [right], frame, node)
    if own == UNKNOWN:
        own = walk.objects.protocol(right, (f"__r{_OPERATORS.get(type(operator), '')}__",), [left], frame, node)
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
        return _joined_path(left, right)
    if isinstance(operator, ast.BitOr) and isinstance(left, Obj) and left.kind == "dict":
        made = walk.allocate("dict", frame, node, "or")
        updated(walk, made, left, maybe=False)
        updated(walk, made, right, maybe=False)
        return made
    return UNKNOWN


def _joined_path(left: Value, right: Value) -> Value:
    """`left / right` of paths."""
    return concatenated((left, "/", right)) if text(left) is not None or isinstance(left, (Arg, Env, Text)) else UNKNOWN


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
            true = holds(option, walk)
            if true is None or true is is_or:
                kept.append(option)
        found += kept
        if kept and all(holds(option, walk) is is_or for option in options(value)):
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
    ast.Tuple: tuple_,
    ast.List: list_,
    ast.Set: list_,
    ast.Dict: dict_,
    ast.Lambda: _lambda,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.NamedExpr: _walrus,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
    ast.Starred: _await,
}
