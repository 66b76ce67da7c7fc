"""Whether a test in a server's source holds, and how a manifest would say that it does."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iamsim import redact
from iamsim.tools.infer.choices import options, ways
from iamsim.tools.infer.saying import Condition, any_of, opposite
from iamsim.tools.infer.saying import all_of as all_of_
from iamsim.tools.infer.sdk_values import Client, Collection, Resource, Session
from iamsim.tools.infer.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    Arg,
    Changed,
    Class,
    Const,
    Either,
    Env,
    Func,
    Module,
    Obj,
    Outside,
    Seq,
    Value,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.frames import Frame
    from iamsim.tools.infer.interpreter import Interpreter

_LONGEST = 90

_SECRET = re.compile(r"(?i)passw|secret|token|api_?key|credential|signature|authorization")
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")

_COMPARES = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__",
}  # fmt: skip

TOOL = "tool"
"""The kind of the literal that stands for the name of the tool that a low-level server is asked for."""


@dataclass(frozen=True, slots=True)
class Test:
    """Whether a test holds; None, with the condition to state, where that is not known."""

    holds: bool | None
    condition: Condition


def _named(value: Arg | Env, walk: Interpreter | None) -> str:
    """The name that a condition uses, remembered so that the manifest declares it."""
    name = parameter_name(value)
    if walk is not None:
        walk.named.setdefault(name, value)
    return name


def parameter_name(value: Arg | Env) -> str:
    """The name that an argument, or a setting, has in a manifest."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in value.name.replace(".", "_")
    )


def tested(walk: Interpreter, node: ast.expr, frame: Frame) -> Test:
    """Whether `node` holds as a test where `frame` is; the calls that it makes are noted."""
    words = _words(node)
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
            # To look for something in a collection, or in an object of the source, is to walk over it.
            first, second = walk.evaluate(left, frame), walk.evaluate(right, frame)
            for option in options(second):
                if isinstance(option, Collection):
                    walk.library.sdk.resources.item(option, frame, node)
                elif isinstance(option, Obj) and option.kind.isdigit():
                    walk.objects.protocol(option, ("__contains__", "__iter__"), [first], frame, node)
            return compared(first, node.ops[0], second, words, walk)
        case ast.BoolOp(op=operator, values=values):
            return _several(
                [tested(walk, value, frame) for value in values], words, all_of=isinstance(operator, ast.And)
            )
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            test = tested(walk, inner, frame)
            return Test(None if test.holds is None else not test.holds, test.condition.negated())
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return Test(frame.module in walk.scripts, Condition("", ""))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            first, second = walk.evaluate(left, frame), walk.evaluate(right, frame)
            walk.objects.protocol(first, (_COMPARES.get(type(operator), ""),), [second], frame, node)
            return compared(first, operator, second, words, walk)
        case _:
            value = walk.evaluate(node, frame)
            walk.objects.protocol(value, ("__bool__", "__len__"), [], frame, node)
            return truthy(value, words, walk)


def truthy(value: Value, words: str, walk: Interpreter | None = None) -> Test:
    """Whether `value` counts as true."""
    found = {_truth(option, walk) for option in options(value)}
    if len(found) == 1 and None not in found:
        return Test(found.pop(), Condition("", ""))
    if isinstance(value, Either):
        said = _guards(value, walk)
        if said is not None:
            return Test(None, Condition(said, words))
    if isinstance(value, Changed):
        value = value.of
    if isinstance(value, (Arg, Env)):
        flag = value.flag
        name = _named(value, walk)
        return Test(None, Condition(name if flag else f"set({name})", words))
    return Test(None, Condition("", words, exact=False))


def holds(value: Value, walk: Interpreter) -> bool | None:
    """Whether `value` counts as true; None where that is not known."""
    return truthy(value, "", walk).holds


def _guards(value: Either, walk: Interpreter | None) -> str | None:
    """When a value that is true or false under conditions is true; what it is before anybody sets it does not count."""
    listed = ways(value)
    flags = [
        option for condition, option in listed if condition is None and isinstance(option, (Arg, Env)) and option.flag
    ]
    if len(flags) == 1 and all(
        condition is None and (option in flags or option in (TRUE, FALSE, NONE)) for condition, option in listed
    ):
        return _named(flags[0], walk)
    true = [condition.when for condition, option in listed if condition is not None and option == TRUE]
    false = [condition.when for condition, option in listed if condition is not None and option == FALSE]
    bare = [option for condition, option in listed if condition is None]
    if bare == [TRUE] and false and not true:
        true = [opposite(any_of(false))]
    elif bare == [FALSE] and true and not false:
        false = true
    if (
        not true
        or not false
        or any(condition is None and option not in (TRUE, FALSE, NONE) for condition, option in listed)
    ):
        return None
    if any(option not in (TRUE, FALSE, NONE) for _, option in listed):
        return None
    return any_of(true)


def _truth(value: Value, walk: Interpreter | None) -> bool | None:
    match value:
        case Const(value=inner):
            return bool(inner)
        case Seq(items=items):
            return bool(items)
        case Func() | Class() | Client() | Session() | Resource() | Module():
            return True
        case Outside(name=name) if name.endswith(".TYPE_CHECKING"):
            return False
        case Obj(kind=kind) if kind.isdigit():
            return None if walk is not None and walk.objects.has_truth(value) else True
        case Obj(kind="list"):
            return True if walk is not None and walk.is_fixed(value) and "0" in walk.heap.get(value, {}) else None
        case _:
            return None


def compared(left: Value, operator: ast.cmpop, right: Value, words: str, walk: Interpreter) -> Test:
    """Whether a comparison holds."""
    negative = isinstance(operator, (ast.NotEq, ast.IsNot, ast.NotIn))
    if negative:
        # The words of the opposite, which is asked first.
        words = f"not ({words})"
    if isinstance(operator, (ast.In, ast.NotIn)):
        tests = [_within(left, option, words, walk) for option in options(right)]
        test = tests[0] if len(tests) == 1 else None
        if test is None and all(each is not None and each.holds is not None for each in tests):
            answers = {each.holds for each in tests if each is not None}
            test = Test(answers.pop(), Condition("", "")) if len(answers) == 1 else None
    elif isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
        test = _equal(left, right, words, walk)
        if test is None:
            test = _equal(right, left, words, walk)
    else:
        test = None
    if test is None:
        test = Test(None, Condition("", words, exact=False))
    if not negative:
        return test
    return Test(None if test.holds is None else not test.holds, test.condition.negated())


def _within(left: Value, container: Value, words: str, walk: Interpreter) -> Test | None:
    """Whether `left` is one of what a container holds; None where not all of that is known, or not each time."""
    if (
        isinstance(container, Outside)
        and container.name == "os.environ"
        and isinstance(left, Const)
        and isinstance(left.value, str)
    ):
        name = left.value
        if name.isidentifier() and name.isascii():
            walk.settings.setdefault(name, None)
            return Test(None, Condition(f"set({_named(Env(name), walk)})", words))
        return None
    if isinstance(container, Seq):
        return _among(left, list(container.items), words, walk)
    if not isinstance(container, Obj) or container.kind not in ("list", "dict"):
        return None
    fields = walk.heap.get(container, {})
    if (
        not walk.is_fixed(container)
        or "*" in fields
        or "**" in fields
        or any((container, name) in walk.maybe for name in fields)
    ):
        return None
    return _among(
        left,
        [Const(name, "str") for name in fields] if container.kind == "dict" else list(fields.values()),
        words,
        walk,
    )


def _among(left: Value, choices: list[Value], words: str, walk: Interpreter) -> Test | None:
    tests = [_equal(left, choice, words, walk) for choice in choices]
    if any(test is not None and test.holds for test in tests):
        return Test(holds=True, condition=Condition("", ""))
    if all(test is not None and test.holds is False for test in tests):
        return Test(holds=False, condition=Condition("", ""))
    if any(test is None or (test.holds is None and not test.condition.when) for test in tests):
        return None
    whens = [test.condition.when for test in tests if test is not None and test.condition.when]
    return Test(None, Condition(any_of(whens), words)) if sum(map(len, whens)) < 200 else None  # noqa: PLR2004


def _equal(left: Value, right: Value, words: str, walk: Interpreter | None = None) -> Test | None:
    left, right = (each.of if isinstance(each, Changed) else each for each in (left, right))
    if len(options(left)) > 1 or len(options(right)) > 1:
        return _any_equal(left, right, walk)
    match left, right:
        case (Const(kind="tool"), other) if other == UNKNOWN and walk is not None and walk.strict:
            return Test(holds=False, condition=Condition("", ""))
        case (Const(), Const()):
            alike = (
                left.kind == right.kind
                or TOOL in (left.kind, right.kind)
                or {left.kind, right.kind} == {"int", "float"}
            )
            return Test(left.value == right.value and alike, Condition("", ""))
        case (Arg() | Env(), Const(kind="NoneType")):
            if left.flag:
                return Test(holds=False, condition=Condition("", ""))
            return Test(None, Condition(f"not set({_named(left, walk)})", words))
        case (Arg() | Env(), Const(value=str() as text)) if text.isprintable() and not set(text) & set("'\\"):
            name = _named(left, walk)
            if is_secret(name, text):
                return Test(None, Condition("", f"a test of {name}", exact=False))
            return Test(None, Condition(f"{name} == '{text}'" if text else f"not set({name})", words))
        case (Arg() | Env(), Const(value=bool() as flag)):
            name = _named(left, walk)
            if left.flag:
                return Test(None, Condition(name if flag else f"not {name}", words))
            return Test(None, Condition(f"{name} == 'true'" if flag else f"{name} != 'true'", words))
        case (Class(), Class()) | (Func(), Func()):
            return Test(left == right, Condition("", "")) if left == right else None
        case (Func() | Class() | Client() | Session() | Module(), Const(kind="NoneType")):
            return Test(holds=False, condition=Condition("", ""))
        case (Obj(kind=kind), Const(kind="NoneType")) if kind.isdigit() or kind in ("dict", "list"):
            return Test(holds=False, condition=Condition("", ""))
        case _:
            return None


def _any_equal(left: Value, right: Value, walk: Interpreter | None) -> Test | None:
    """Of several values: known only where none, or each, can be equal."""
    ours, theirs = options(left), options(right)
    # The name of the tool that is called is one of those that the source lists: what it may be renamed to does not count.
    if any(isinstance(each, Const) and each.kind == TOOL for each in (*ours, *theirs)):
        known = {each.value for each in ours if isinstance(each, Const)} & {
            each.value for each in theirs if isinstance(each, Const)
        }
        if known or (walk is not None and walk.strict):
            return Test(bool(known), Condition("", ""))
    if all(isinstance(each, Const) for each in (*ours, *theirs)) and not {*ours} & {*theirs}:
        return Test(holds=False, condition=Condition("", ""))
    tests = {(_equal(a, b, "") or Test(None, Condition("", ""))).holds for a in ours for b in theirs}
    if tests == {False}:
        return Test(holds=False, condition=Condition("", ""))
    if NONE in theirs and len(theirs) == 1 and NONE not in ours and tests == {False}:
        return Test(holds=False, condition=Condition("", ""))
    return None


def _several(tests: list[Test], words: str, *, all_of: bool) -> Test:
    """`and` (all of) or `or` of several tests; what a manifest cannot say is left out of an `and`, and spoils an `or`."""
    deciding = not all_of
    if any(test.holds is deciding for test in tests):
        return Test(deciding, Condition("", ""))
    open_ = [test.condition for test in tests if test.holds is None]
    if not open_:
        return Test(not deciding, Condition("", ""))
    exact = all(condition.exact and condition.when for condition in open_)
    whens = [condition.when for condition in open_ if condition.when]
    if all_of:
        return Test(None, Condition(all_of_(whens), words, exact=exact))
    if not exact:
        return Test(None, Condition("", words, exact=False))
    return Test(None, Condition(any_of(whens), words))


def is_secret(name: str, text: str) -> bool:
    """Whether a literal that something is compared with must not be shown: by what it looks like, or by what it is called."""
    return redact.line(text) != text or bool(_SECRET.search(name) and text and text.lower() not in ("true", "false"))


def _words(node: ast.expr) -> str:
    """The test as the source writes it, short and printable, without its literals where they may be secrets."""
    try:
        text = ast.unparse(node)
    except RecursionError:
        return "a long test"
    text = "".join(char if char.isprintable() else "?" for char in text)
    if _SECRET.search(text) or redact.line(text) != text:
        text = _LITERAL.sub("'…'", text)
    text = redact.line(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
