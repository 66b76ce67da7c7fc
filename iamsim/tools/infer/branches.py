"""Branches: each is followed on its condition, and what comes after them on what those that come through have in common."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import guarded
from iamsim.tools.infer.conditions import Test, compared
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame, merged
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.syntax import names_of
from iamsim.tools.infer.values import UNKNOWN, Either, Obj, Value, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


def if_(walk: Interpreter, node: ast.If, frame: Frame) -> bool:
    """`if`: one branch where its test is told, else both."""
    test = walk.truth(node.test, frame)
    if test.holds is not None:
        return walk.run_open(node.body if test.holds else node.orelse, frame)
    return _branches(walk, [(test.condition, node.body), (test.condition.negated(), node.orelse)], frame)


def match(walk: Interpreter, node: ast.Match, frame: Frame) -> bool:
    """`match`: each case on its own condition, after those before it have failed."""
    subject = evaluate(walk, node.subject, frame)
    words = ast.unparse(node.subject)[:60]
    branches: list[tuple[Condition, Sequence[ast.stmt]]] = []
    failed: list[Condition] = []
    for case in node.cases:
        test = _matched(walk, case.pattern, subject, words, frame)
        if case.guard is not None and test.holds is not False:
            guard = walk.truth(case.guard, frame)
            test = Test(guard.holds if test.holds else None, replace(test.condition, exact=False))
        if test.holds is False:
            continue
        for name in _captured(case.pattern):
            frame.locals[name] = subject if isinstance(case.pattern, ast.MatchAs) else UNKNOWN
        if test.holds is True and not branches:
            return walk.run_open(case.body, frame)
        condition = test.condition
        if test.holds is True:
            exact = all(each.exact and each.when for each in failed)
            whens = " and ".join(each.when for each in failed) if exact else ""
            condition = Condition(whens, f"another {words}", exact=exact)
        branches.append((condition, case.body))
        failed.append(test.condition.negated())
        if test.holds is True:
            return _branches(walk, branches, frame)
    branches.append((Condition("", f"another {words}", exact=False), ()))
    return _branches(walk, branches, frame)


def _branches(walk: Interpreter, branches: list[tuple[Condition, Sequence[ast.stmt]]], frame: Frame) -> bool:
    """Every branch from the same start; what follows is under what the branches that come through have in common."""
    before = frame.locals
    ends: list[tuple[Condition, dict[str, Value]]] = []
    for condition, body in branches:
        frame.locals = dict(before)
        with frame.under(*([condition] if condition.when or condition.words else [])):
            through = walk.run(body, frame)
        if through:
            ends.append((condition, frame.locals))
    if not ends:
        frame.locals = before
        return False
    frame.locals = ends[0][1]
    if len(ends) > 1:
        told = [(condition, _told(condition, names, before)) for condition, names in ends]
        frame.locals = told[0][1]
        for _, names in told[1:]:
            frame.locals = merged(frame.locals, names)
    if len(ends) == 1 and len(branches) > 1:
        condition = ends[0][0]
        refuses = any(_refuses(body) for other, body in branches if other is not condition)
        if condition.exact and condition.when and not (refuses and _is_check(condition.when)):
            frame.path = tuple(dict.fromkeys((*frame.path, condition)))
        elif condition.words and not refuses:
            frame.path = tuple(dict.fromkeys((*frame.path, Condition("", condition.words, exact=False))))
    return True


def _told(condition: Condition, names: dict[str, Value], before: dict[str, Value]) -> dict[str, Value]:
    """The names at the end of a branch; what it made of them stands under its condition, where a manifest can say that."""
    if not condition.exact or not condition.when:
        return names
    return {
        name: guarded(condition, value)
        if before.get(name) is not value
        and (not isinstance(value, (Obj, Either)) or (isinstance(value, Obj) and value.kind.isdigit()))
        else value
        for name, value in names.items()
    }


def _refuses(body: Sequence[ast.stmt]) -> bool:
    """Whether a branch ends with an error: raised, or told as the answer."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.Return) and last.value is not None:
        texts = [
            each.value
            for each in ast.walk(last.value)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        names = [each for node in ast.walk(last.value) for each in names_of(node)]
        return any("error" in each.lower() for each in (*texts, *names))
    return isinstance(last, ast.Raise)


def _is_check(when: str) -> bool:
    """
    Whether a condition is about what arguments look like, which says nothing of when a call is made.

    A flag alone is another matter: a server that refuses to write is told so by one.
    """
    return "set(" in when or "==" in when or "!=" in when


def _captured(pattern: ast.pattern) -> list[str]:
    found = [getattr(each, "name", None) or getattr(each, "rest", None) for each in ast.walk(pattern)]
    return [name for name in found if isinstance(name, str)]


def _matched(walk: Interpreter, pattern: ast.pattern, subject: Value, words: str, frame: Frame) -> Test:
    """Whether a pattern of a match statement takes the subject."""
    match pattern:
        case ast.MatchValue(value=written):
            value = walk.evaluate(written, frame)
            return compared(subject, ast.Eq(), value, f"{words} == {ast.unparse(written)[:40]}", walk)
        case ast.MatchSingleton(value=inner):
            return compared(subject, ast.Is(), const(inner), f"{words} is {inner}", walk)
        case ast.MatchOr(patterns=patterns):
            tests = [_matched(walk, each, subject, words, frame) for each in patterns]
            if any(test.holds for test in tests):
                return Test(holds=True, condition=Condition("", ""))
            left = [test.condition for test in tests if test.holds is None]
            if not left:
                return Test(holds=False, condition=Condition("", ""))
            exact = all(each.exact and each.when for each in left)
            when = " or ".join(each.when for each in left) if exact else ""
            return Test(None, Condition(when, " or ".join(each.words for each in left)[:90], exact=exact))
        case ast.MatchAs(pattern=None):
            return Test(holds=True, condition=Condition("", ""))
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _matched(walk, inner, subject, words, frame)
        case _:
            return Test(None, Condition("", f"{words} matches {ast.unparse(pattern)[:40]}", exact=False))
