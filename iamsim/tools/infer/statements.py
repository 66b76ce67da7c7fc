"""Statements followed in their order: branches are both taken, loops once or twice, and their ends come together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iamsim.tools.infer.conditions import Test
from iamsim.tools.infer.conditions_said import Condition
from iamsim.tools.infer.expressions import evaluate, items, names_of
from iamsim.tools.infer.frames import Frame, Given, merged
from iamsim.tools.infer.values import (
    FALSE,
    LATER,
    NONE,
    TRUE,
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Either,
    Func,
    Function,
    Iter,
    Method,
    Module,
    Obj,
    Outside,
    Seq,
    Session,
    Value,
    concatenated,
    const,
    guarded,
    join,
    joined,
    options,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_AWS_ERRORS = frozenset(
    {"Exception", "BaseException", "ClientError", "BotoCoreError", "NoCredentialsError", "AWSError"}
)
_EMPTY = (None, False, "", 0)
_ROUNDS = 3
"""A loop is followed this often again where what one round leaves to the next may matter to it."""


def run(walk: Interpreter, body: Sequence[ast.stmt], frame: Frame) -> bool:
    """Follows `body`; whether the run comes through to its end."""
    path, after = frame.path, frame.after
    try:
        for statement in body:
            walk.step()
            if not _KINDS.get(type(statement), _nothing)(walk, statement, frame):
                return False
        return True
    finally:
        frame.path, frame.after = path, after


def bind(walk: Interpreter, info: Function, bound: Value | None, given: Given, inner: Frame, definer: Frame) -> None:
    """Gives the parameters of a function their values; what is not given has its default, else UNKNOWN."""
    written = info.node.args
    places = [*written.posonlyargs, *written.args]
    values = [*([bound] if bound is not None else []), *given.args]
    defaults = dict(
        zip([each.arg for each in places[len(places) - len(written.defaults) :]], written.defaults, strict=True)
    )
    defaults.update({
        each.arg: default for each, default in zip(written.kwonlyargs, written.kw_defaults, strict=True) if default is not None
    })  # fmt: skip
    rest = dict(given.keywords)
    for number, each in enumerate([*places, *written.kwonlyargs]):
        name = each.arg
        if number < len(values) and number < len(places):
            value = values[number]
        elif name in rest:
            value = rest.pop(name)
            if name in given.maybe and name in defaults:
                value = join(value, walk.library.default(evaluate(walk, defaults[name], definer), definer, info.node))
        elif given.star is not None and number < len(places):
            value = given.star
        elif name in defaults:
            value = walk.library.default(evaluate(walk, defaults[name], definer), definer, info.node)
            if given.open:
                value = join(value, UNKNOWN)
        else:
            value = Arg(name) if given.source else UNKNOWN
        inner.locals[name] = UNKNOWN if value == const(...) else value
    if written.vararg is not None:
        extra = values[len(places) :]
        inner.locals[written.vararg.arg] = (
            Seq(tuple(extra)) if given.star is None else Iter(joined([*extra, given.star]))
        )
    if written.kwarg is not None:
        obj = walk.allocate("dict", inner, info.node, "keywords")
        for name, value in rest.items():
            walk.set(obj, name, value, maybe=name in given.maybe)
        if given.open:
            walk.set(obj, "*", UNKNOWN)
        if given.source:
            walk.heap[obj]["**"] = Args()
        inner.locals[written.kwarg.arg] = obj


def assign(walk: Interpreter, target: ast.expr, value: Value, frame: Frame) -> None:
    """Gives what `target` names the value."""
    match target:
        case ast.Name(id=name):
            _named(walk, name, value, frame)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            _unpacked(walk, parts, value, frame)
        case ast.Starred(value=inner):
            assign(walk, inner, Iter(joined(items(walk, value, frame, target) or [UNKNOWN])), frame)
        case ast.Attribute(value=owner, attr=name):
            if value in (TRUE, FALSE):
                value = walk.stored(value)
            for each in options(evaluate(walk, owner, frame)):
                if isinstance(each, Obj):
                    walk.set(each, name, value)
                    walk.protocol(each, ("__setattr__",), [const(name), value], frame, target)
                    walk.protocol(each, (f"{name}=",), [value], frame, target)
                    walk.described(each, name, "__set__", [each, value], frame, target)
                elif isinstance(each, Session) and name == "_credentials":
                    walk.library.sdk.replaced(each, value)
                elif isinstance(each, Class):
                    members = walk.classes[each.id].members
                    members[name] = join(members[name], value) if name in members else value
                elif isinstance(each, Method):
                    walk.set(Obj("attributes", (each,)), name, value)
                elif isinstance(each, Module) and (module := walk.module(each.name)) is not None:
                    if isinstance(value, (Func, Class)):
                        # Another function in the place of one.
                        module.locals[name] = value
                    else:
                        module.late[name] = join(module.late[name], value) if name in module.late else value
        case ast.Subscript(value=owner, slice=index):
            key = evaluate(walk, index, frame)
            for each in options(evaluate(walk, owner, frame)):
                if isinstance(each, Obj) and each.kind.isdigit():
                    walk.protocol(each, ("__setitem__",), [key, value], frame, target)
                elif isinstance(each, Method) and isinstance(each.of, Module) and each.name == "__dict__":
                    found = walk.module(each.of.name)
                    if found is not None:
                        found.late.update(dict.fromkeys(_keys(key), value))
                elif isinstance(each, Obj):
                    for name in _keys(key):
                        walk.set(each, name, value, maybe=frame.depth > 0 or each not in frame.born)
        case _:
            pass


def _keys(key: Value) -> list[str]:
    return [
        option.value
        if isinstance(option.value, str)
        else str(option.value)
        if isinstance(option, Const) and isinstance(option.value, (str, int))
        else "*"
        for option in options(key)
        if isinstance(option, Const)
    ] or ["*"]


def _named(walk: Interpreter, name: str, value: Value, frame: Frame) -> None:
    if name in frame.globals:
        if value in (TRUE, FALSE):
            value = walk.stored(value)
        module = walk.modules.get(frame.module)
        if module is not None:
            before = module.late.get(name)
            after = value if before is None else join(before, value)
            if after != before:
                module.late[name] = after
                walk.changed = True
        return
    if name in frame.outer:
        at = frame.parent
        while at is not None:
            if name in at.locals:
                at.locals[name] = join(at.locals[name], value)
                return
            at = at.parent
    frame.locals[name] = value


def _unpacked(walk: Interpreter, parts: list[ast.expr], value: Value, frame: Frame) -> None:
    columns: list[list[Value]] = [[] for _ in parts]
    for option in options(value):
        listed = list(option.items) if isinstance(option, Seq) else None
        if listed is None and isinstance(option, Obj) and option.kind == "list":
            fields = walk.heap.get(option, {})
            if "*" not in fields and all(str(n) in fields for n in range(len(fields))):
                listed = [fields[str(n)] for n in range(len(fields))]
        if listed is None and isinstance(option, Obj) and option.kind.isdigit():
            listed = walk.in_order(option)
        if (
            listed is not None
            and len(listed) == len(parts)
            and not any(isinstance(part, ast.Starred) for part in parts)
        ):
            for column, item in zip(columns, listed, strict=True):
                column.append(item)
        else:
            each = joined(items(walk, option, frame, parts[0] if parts else ast.Pass()) or [UNKNOWN])
            for column in columns:
                column.append(each)
    for part, column in zip(parts, columns, strict=True):
        assign(walk, part, joined(column), frame)


# ---------------------------------------------------------------- one function for each kind of statement


def _nothing(walk: Interpreter, node: ast.stmt, frame: Frame) -> bool:
    del walk, node, frame
    return True


def _expression(walk: Interpreter, node: ast.Expr, frame: Frame) -> bool:
    evaluate(walk, node.value, frame)
    return True


def _assign(walk: Interpreter, node: ast.Assign, frame: Frame) -> bool:
    value = evaluate(walk, node.value, frame)
    for target in node.targets:
        assign(walk, target, value, frame)
    return True


def _annotated(walk: Interpreter, node: ast.AnnAssign, frame: Frame) -> bool:
    if node.value is not None:
        assign(walk, node.target, evaluate(walk, node.value, frame), frame)
    return True


def _augmented(walk: Interpreter, node: ast.AugAssign, frame: Frame) -> bool:
    before = evaluate(walk, node.target, frame)
    value = evaluate(walk, node.value, frame)
    if isinstance(node.op, ast.Add):
        after: Value = UNKNOWN
        if isinstance(before, Obj) and before.kind == "list":
            walk.loosen(before)
            for item in items(walk, value, frame, node):
                walk.set(before, "*", item)
            after = before
        elif not frame.exits and isinstance(before, Seq) and isinstance(value, Seq):
            after = Seq((*before.items, *value.items))
        elif not frame.exits and all(
            not isinstance(option, Const) or isinstance(option.value, str) for option in options(before)
        ):
            # In a loop a text grows and a number counts: nobody knows how far.
            after = concatenated((before, value))
    elif isinstance(node.op, ast.BitOr) and isinstance(before, Obj):
        after = before
        walk.library.updated(before, value, maybe=True)
    else:
        after = UNKNOWN
    assign(walk, node.target, after, frame)
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


def _if(walk: Interpreter, node: ast.If, frame: Frame) -> bool:
    test = walk.truth(node.test, frame)
    if test.holds is not None:
        return run_open(walk, node.body if test.holds else node.orelse, frame)
    return _branches(walk, [(test.condition, node.body), (test.condition.negated(), node.orelse)], frame)


def run_open(walk: Interpreter, body: Sequence[ast.stmt], frame: Frame) -> bool:
    """`run`, with the conditions that come up in `body` kept for what follows it."""
    for statement in body:
        walk.step()
        if not _KINDS.get(type(statement), _nothing)(walk, statement, frame):
            return False
    return True


def _branches(walk: Interpreter, branches: list[tuple[Condition, Sequence[ast.stmt]]], frame: Frame) -> bool:
    """Every branch from the same start; what follows is under what the branches that come through have in common."""
    before = frame.locals
    ends: list[tuple[Condition, dict[str, Value]]] = []
    for condition, body in branches:
        frame.locals = dict(before)
        with frame.under(*([condition] if condition.when or condition.words else [])):
            through = run(walk, body, frame)
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


def _for(walk: Interpreter, node: ast.For | ast.AsyncFor, frame: Frame) -> bool:
    over = evaluate(walk, node.iter, frame)
    listed = items(walk, over, frame, node)
    if walk.library.apart(over, listed):
        rounds = frame.rounds
        for number, item in enumerate(listed):
            frame.rounds = (*rounds, number)
            _around(walk, node, item, frame, always=True)
        frame.rounds = rounds
    else:
        _around(walk, node, joined(listed) if listed else UNKNOWN, frame)
    return run_open(walk, node.orelse, frame)


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
        through = run(walk, body, frame)
        after = frame.locals if through else None
        for _ in range(_ROUNDS if len(frame.exits) == 1 else 0):
            if after is None or not _matters(start, after):
                break
            start = frame.locals = merged(start, after)
            frame.locals = dict(start)
            after = merged(after, frame.locals) if run(walk, body, frame) else after
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


def _while(walk: Interpreter, node: ast.While, frame: Frame) -> bool:
    test = walk.truth(node.test, frame)
    if test.holds is False:
        return run_open(walk, node.orelse, frame)
    _looped(walk, node.body, frame)
    if test.holds is True and not any(isinstance(each, ast.Break) for each in _own(node.body)):
        return False
    return run_open(walk, node.orelse, frame)


def _own(body: Sequence[ast.stmt]) -> list[ast.AST]:
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


def _try(walk: Interpreter, node: ast.Try, frame: Frame) -> bool:
    aws = [handler for handler in node.handlers if _catches_aws(handler)]
    outermost = walk.outermost(frame)
    swallows = bool(aws) and all(_swallows(handler, outermost=outermost) for handler in aws)
    before, was, seen = frame.locals, frame.swallowed, set(frame.made)
    frame.locals = dict(before)
    frame.swallowed = was or swallows
    path = frame.path
    try:
        through = run_open(walk, node.body, frame)
        later = frame.path
    finally:
        frame.swallowed, frame.path = was, path
    made = tuple(dict.fromkeys(each.name for each in frame.made if each not in seen and not each.unresolved))
    body = frame.locals
    if through and node.orelse:
        frame.path = later
        through = run_open(walk, node.orelse, frame)
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
        if run(walk, handler.body, frame):
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
    return run_open(walk, node.finalbody, frame) and bool(ends)


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
    raising = any(isinstance(each, ast.Raise) for each in _own(handler.body))
    if raising:
        return False
    if isinstance(last, ast.Return):
        if outermost:
            return False
        return last.value is None or _is_empty(last.value)
    if handler.name is None:
        return True
    tells = [each for each in _own(handler.body) if isinstance(each, (ast.Assign, ast.Return, ast.AugAssign))]
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


def _with(walk: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame) -> bool:
    was = frame.swallowed
    left: list[Value] = []
    swallows = False
    for item in node.items:
        value = evaluate(walk, item.context_expr, frame)
        swallows = swallows or any(isinstance(option, Iter) and option.manager for option in options(value))
        if walk.library.suppresses(value):
            frame.swallowed = swallows = True
        entered = joined(_entered(walk, option, frame, node) for option in options(value))
        left += [option for option in options(value) if isinstance(option, Obj) and option.kind.isdigit()]
        if item.optional_vars is not None:
            assign(walk, item.optional_vars, entered, frame)
    before = frame.locals
    through = run_open(walk, node.body, frame)
    frame.swallowed = was
    for obj in left:
        for name in ("__exit__", "__aexit__"):
            method = walk.member(obj, name, frame, node)
            if method is not None:
                answer = walk.call(method, Given([UNKNOWN, UNKNOWN, UNKNOWN]), frame, node)
                swallows = swallows or any(walk.library.truth(option) is not False for option in options(answer))
    if not through and swallows:
        # An error in the body may end there, and what follows is run.
        frame.locals = merged(before, frame.locals)
        return True
    return through


def _entered(walk: Interpreter, value: Value, frame: Frame, node: ast.AST) -> Value:
    if isinstance(value, Iter):
        return value.item
    if isinstance(value, Obj) and value.kind.isdigit():
        for name in ("__enter__", "__aenter__"):
            method = walk.member(value, name, frame, node)
            if method is not None:
                return walk.call(method, Given(), frame, node)
    return value


def _match(walk: Interpreter, node: ast.Match, frame: Frame) -> bool:
    subject = evaluate(walk, node.subject, frame)
    words = ast.unparse(node.subject)[:60]
    branches: list[tuple[Condition, Sequence[ast.stmt]]] = []
    failed: list[Condition] = []
    for case in node.cases:
        test = walk.library.matched(case.pattern, subject, words, frame)
        if case.guard is not None and test.holds is not False:
            guard = walk.truth(case.guard, frame)
            test = Test(guard.holds if test.holds else None, replace(test.condition, exact=False))
        if test.holds is False:
            continue
        for name in _captured(case.pattern):
            frame.locals[name] = subject if isinstance(case.pattern, ast.MatchAs) else UNKNOWN
        if test.holds is True and not branches:
            return run_open(walk, case.body, frame)
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


def _captured(pattern: ast.pattern) -> list[str]:
    found = [getattr(each, "name", None) or getattr(each, "rest", None) for each in ast.walk(pattern)]
    return [name for name in found if isinstance(name, str)]


def _import(walk: Interpreter, node: ast.Import, frame: Frame) -> bool:
    for alias in node.names:
        first = alias.name.partition(".")[0]
        if alias.asname:
            _named(walk, alias.asname, _module(walk, alias.name), frame)
        else:
            _module(walk, alias.name)
            _named(walk, first, _module(walk, first), frame)
    return True


def _module(walk: Interpreter, name: str) -> Value:
    source = walk.tree.modules.get(name)
    if source is None:
        return Outside(name)
    walk.module(name)
    return Module(source.name)


def _import_from(walk: Interpreter, node: ast.ImportFrom, frame: Frame) -> bool:
    base = node.module or ""
    if node.level:
        source = walk.source(frame.module)
        package = source.name.split(".") if source.package else source.name.split(".")[:-1]
        package = package[: len(package) - (node.level - 1)] if node.level > 1 else package
        base = ".".join([*package, *([base] if base else [])])
    owner = _module(walk, base) if base else UNKNOWN
    for alias in node.names:
        if alias.name == "*":
            module = walk.module(base)
            if module is not None and module.module != frame.module:
                listed = walk.library.exported(module)
                frame.locals.update(listed)
            continue
        if not base and alias.name in walk.tree.modules:
            found = _module(walk, alias.name)
        else:
            found = walk.attribute(owner, alias.name, frame, node)
        _named(walk, alias.asname or alias.name, found, frame)
    return True


def _function(walk: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> bool:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None and not isinstance(default, ast.Constant):
            evaluate(walk, default, frame)
    value: Value = walk.function(node, frame, frame.owner)
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            # The property keeps its name; what sets it is a member of its own.
            frame.locals[f"{node.name}{'=' if decorator.attr == 'setter' else '-'}"] = value
    for decorator in reversed(node.decorator_list):
        value = walk.library.decorated(evaluate(walk, decorator, frame), value, frame, decorator)
    _named(walk, node.name, value, frame)
    return True


def _class(walk: Interpreter, node: ast.ClassDef, frame: Frame) -> bool:
    info = walk.class_(node, frame)
    info.bases = tuple(evaluate(walk, base, frame) for base in node.bases if not isinstance(base, ast.Starred))
    body = Frame(walk.context("class", info.id, frame.id), frame.module, None, frame, owner=info.id)
    run(walk, node.body, body)
    for made in body.made:
        frame.add(made)
    info.members = body.locals
    info.fields = {
        each.target.id: evaluate(walk, each.value, body) if each.value is not None else None
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and "ClassVar" not in ast.unparse(each.annotation)
    }
    setters: dict[str, list[str]] = {}
    for method in node.body:
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.args.args:
            own = method.args.args[0].arg
            for each in ast.walk(method):
                if (
                    isinstance(each, ast.Attribute)
                    and isinstance(each.ctx, ast.Store)
                    and isinstance(each.value, ast.Name)
                    and each.value.id in (own, node.name)
                ):
                    setters.setdefault(each.attr, []).append(method.name)
    walk.protocol_of_bases(info, frame, node)
    info.setters = {name: tuple(dict.fromkeys(methods)) for name, methods in setters.items()}
    value: Value = Class(info.id)
    for decorator in reversed(node.decorator_list):
        value = walk.library.decorated(evaluate(walk, decorator, frame), value, frame, decorator)
    _named(walk, node.name, value, frame)
    return True


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
            walk.protocol(owner, ("__delitem__",), [key], frame, node)
        elif isinstance(target, ast.Attribute):
            walk.protocol(evaluate(walk, target.value, frame), ("__delattr__",), [const(target.attr)], frame, node)
    return True


_KINDS: dict[type[ast.stmt], Callable[[Interpreter, Any, Frame], bool]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: _match,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Assert: _assert,
    ast.Delete: _delete,
}
