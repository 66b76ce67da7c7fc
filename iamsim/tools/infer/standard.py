"""The functions of Python and its standard library that a server's needs go through, by their dotted names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from iamsim.tools.infer.builtin import setting
from iamsim.tools.infer.expressions import items, names_of
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.values import (
    FALSE,
    NONE,
    TRUE,
    UNKNOWN,
    Answer,
    Arg,
    Claim,
    Claims,
    Clamped,
    Class,
    Client,
    Const,
    Ctx,
    Env,
    Func,
    Iter,
    Managed,
    Method,
    Module,
    Obj,
    Operation,
    Outside,
    Partial,
    Property,
    Resource,
    Seq,
    Session,
    Static,
    Super,
    Text,
    Value,
    concatenated,
    const,
    guarded,
    joined,
    options,
    text,
    ways,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library

_TYPES = frozenset({"dict", "list", "tuple", "set", "str", "bytes", "int", "float", "bool", "NoneType"})


def _getattr(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    owner, key, default = given.get(0) or UNKNOWN, given.get(1) or UNKNOWN, given.get(2)
    found: list[Value] = []
    for condition, option in ways(key):
        name = text(option)
        if name is not None:
            value = library.walk.attribute(owner, name, frame, node)
            found.append(value if condition is None else guarded(condition, value))
        else:
            found += [_any_attribute(library, each, option, frame, node) for each in options(owner)]
    if default is not None and any(each == UNKNOWN for each in found):
        found.append(default)
    return joined(found)


def _any_attribute(library: Library, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
    """An attribute whose name is not known: of a client any operation, of the source's own what the name begins with."""
    if isinstance(owner, Client):
        return Operation(owner, "")
    if isinstance(owner, (Resource, Session)):
        what = f"a method of a resource of {owner.service}" if isinstance(owner, Resource) else "a method of a session"
        library.walk.unresolved(what, "which one is decided at run time", frame, node)
        return UNKNOWN
    start = key.parts[0] if isinstance(key, Text) and isinstance(key.parts[0], str) else ""
    if not start:
        return UNKNOWN
    if isinstance(owner, Module):
        frame_ = library.walk.module(owner.name)
        return joined(value for name, value in (frame_.locals if frame_ else {}).items() if name.startswith(start))
    if isinstance(owner, Obj) and owner.kind.isdigit():
        members = {
            name for info in library.walk.ancestors(int(owner.kind)) for name in info.members if name.startswith(start)
        }
        return joined(library.walk.attribute(owner, name, frame, node) for name in sorted(members))
    return UNKNOWN


def _setattr(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del frame, node
    name = text(given.get(1) or UNKNOWN)
    if name is None:
        library.walk.widened = True
    for option in options(given.get(0) or UNKNOWN):
        if isinstance(option, Obj) and name is not None:
            library.walk.set(option, name, given.get(2) or UNKNOWN)
        elif isinstance(option, Class) and name is not None:
            library.walk.classes[option.id].members[name] = given.get(2) or UNKNOWN
    return NONE


def _super(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del node
    at: Frame | None = frame
    while at is not None and (at.function is None or at.function.owner is None):
        at = at.parent
    if at is None or at.function is None or at.function.owner is None:
        return UNKNOWN
    places = [*at.function.node.args.posonlyargs, *at.function.node.args.args]
    bound = given.get(1) or (at.locals.get(places[0].arg) if places else None)
    after = next(
        (option.id for option in options(given.get(0) or UNKNOWN) if isinstance(option, Class)), at.function.owner
    )
    del library
    return joined(Super(after, option) for option in options(bound)) if bound is not None else UNKNOWN


def _dict(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    walk = library.walk
    made = walk.allocate("dict", frame, node, "dict")
    first = given.get(0)
    for option in options(first) if first is not None else ():
        if isinstance(option, Obj) and option.kind == "dict":
            library.updated(made, option, maybe=False)
            continue
        for item in items(walk, option, frame, node):
            if isinstance(item, Seq) and len(item.items) == 2 and (name := text(item.items[0])) is not None:  # noqa: PLR2004
                walk.set(made, name, item.items[1])
            else:
                walk.set(made, "*", UNKNOWN)
    for name, value in given.keywords.items():
        walk.set(made, name, value, maybe=name in given.maybe)
    if given.open:
        walk.set(made, "*", UNKNOWN)
    return made


def _list(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    first = given.get(0)
    if given.keywords.get("key") is not None:
        library.callbacks(Given([given.keywords["key"]]), frame, node)
    made = library.walk.allocate("list", frame, node, "list", *([first] if first is not None else []))
    if isinstance(first, Seq) or (isinstance(first, Obj) and library.walk.is_fixed(first)):
        library.walk.displays.add(made)
    if first is not None:
        for number, item in enumerate(items(library.walk, first, frame, node)):
            library.walk.set(made, str(number), item)
    return made


def _made(library: Library, frame: Frame, node: ast.AST, values: Iterable[Value]) -> Value:
    """A list of which nobody knows whether it is empty."""
    listed = list(values)
    made = library.walk.allocate("list", frame, node, "made", *listed)
    for number, value in enumerate(listed):
        library.walk.set(made, str(number), value)
    return made


def _pairs(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    return _made(
        library,
        frame,
        node,
        [Seq((UNKNOWN, item)) for item in items(library.walk, given.get(0) or UNKNOWN, frame, node)],
    )


def _zip(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    columns = [items(library.walk, each, frame, node) for each in given.args]
    if columns and len({len(column) for column in columns}) == 1:
        return Seq(tuple(Seq(row) for row in zip(*columns, strict=True)))
    return Iter(Seq(tuple(joined(column or [UNKNOWN]) for column in columns)))


def _map(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    function = given.get(0) or UNKNOWN
    found = [
        library.walk.call(function, Given([item]), frame, node)
        for item in items(library.walk, given.get(1) or UNKNOWN, frame, node)
    ]
    return _made(library, frame, node, found)


def _filter(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    kept = []
    for item in items(library.walk, given.get(1) or UNKNOWN, frame, node):
        answer = (
            library.walk.call(given.get(0) or UNKNOWN, Given([item]), frame, node) if given.get(0) != NONE else UNKNOWN
        )
        if library.truth(answer) is not False:
            kept.append(item)
    return _made(library, frame, node, kept)


def _next(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    found = items(library.walk, given.get(0) or UNKNOWN, frame, node)
    return joined([*(found or [UNKNOWN]), *([given.args[1]] if len(given.args) > 1 else [])])


def _str(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    value = given.get(0, "object") or const("")
    if isinstance(value, Obj) and value.kind.isdigit():
        method_ = library.walk.member(value, "__str__", frame, node)
        return library.walk.call(method_, Given(), frame, node) if method_ is not None else UNKNOWN
    return joined(
        concatenated((option,)) if not isinstance(option, (Arg, Env, Claim, Text)) else option
        for option in options(value)
    )


def _number(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    value = given.get(0) or UNKNOWN
    return value if isinstance(value, (Arg, Env, Outside, Clamped)) else UNKNOWN


def _callable(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    value = given.get(0) or UNKNOWN
    if all(isinstance(option, (Func, Class, Partial, Operation)) for option in options(value)):
        return TRUE
    return FALSE if all(isinstance(option, (Const, Seq)) for option in options(value)) else UNKNOWN


def _isinstance(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del frame, node
    value, kinds = given.get(0) or UNKNOWN, given.get(1) or UNKNOWN
    classes = kinds.items if isinstance(kinds, Seq) else options(kinds)
    answers: set[bool | None] = set()
    for option in options(value):
        if isinstance(option, Obj) and option.kind.isdigit() and all(isinstance(each, Class) for each in classes):
            answers.add(
                bool(
                    {info.id for info in library.walk.ancestors(int(option.kind))}
                    & {each.id for each in classes if isinstance(each, Class)}
                )
            )
        elif isinstance(option, (Obj, Seq, Const)) and all(isinstance(each, Outside) for each in classes):
            wanted = {each.name.rpartition(".")[2] for each in classes if isinstance(each, Outside)}
            kind = option.kind if isinstance(option, (Obj, Const)) else "tuple"
            sure = kind in ("dict", "str", "int", "NoneType", "float") and (kind in wanted or wanted <= _TYPES)
            answers.add(kind in wanted if sure else None)
        else:
            answers.add(None)
    return TRUE if answers == {True} else FALSE if answers == {False} else UNKNOWN


def _isfunction(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    value = given.get(0) or UNKNOWN
    if value == UNKNOWN:
        return UNKNOWN
    return TRUE if all(isinstance(option, Func) for option in options(value)) else FALSE


def _iscoroutine(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del frame, node
    value = given.get(0) or UNKNOWN
    if isinstance(value, Func):
        return TRUE if isinstance(library.walk.functions[value.id].node, ast.AsyncFunctionDef) else FALSE
    return UNKNOWN


def _members(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`inspect.getmembers`: names and values of a module, a class or an object, in the names' order."""
    found: dict[str, Value] = {}
    for option in options(given.get(0) or UNKNOWN):
        if isinstance(option, Module):
            module = library.walk.module(option.name)
            found.update(module.locals if module is not None else {})
        elif isinstance(option, Class) or (isinstance(option, Obj) and option.kind.isdigit()):
            number = option.id if isinstance(option, Class) else int(option.kind)
            for info in reversed(library.walk.ancestors(number)):
                found.update({name: library.walk.attribute(option, name, frame, node) for name in info.members})
    predicate = given.get(1, "predicate")
    rows = []
    for name, value in sorted(found.items()):
        if predicate is not None and predicate != NONE:
            answer = library.walk.call(predicate, Given([value]), frame, node)
            if library.truth(answer) is False:
                continue
        rows.append(Seq((const(name), value)))
    return Seq(tuple(rows))


def _dir(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    rows = _members(library, Given(given.args[:1]), frame, node)
    return Seq(tuple(row.items[0] for row in rows.items if isinstance(row, Seq))) if isinstance(rows, Seq) else UNKNOWN


def _vars(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    made = library.walk.allocate("dict", frame, node, "vars")
    rows = _members(library, Given(given.args[:1]), frame, node)
    for row in rows.items if isinstance(rows, Seq) else ():
        if isinstance(row, Seq) and (name := text(row.items[0])) is not None:
            library.walk.set(made, name, row.items[1])
    return made


def _globals(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, node
    return Method(Module(frame.module), "__dict__") if not given.args else UNKNOWN


def _asked(*methods: str) -> Callable[[Library, Given, Frame, ast.AST], Value]:
    """A function of Python that asks an object by methods of its own."""

    def made(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
        library.walk.protocol(given.get(0) or UNKNOWN, methods, [], frame, node)
        return UNKNOWN

    return made


def _type(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    value = given.get(0) or UNKNOWN
    return (
        Class(int(value.kind)) if isinstance(value, Obj) and value.kind.isdigit() and len(given.args) == 1 else UNKNOWN
    )


def _import_module(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del node
    found: list[Value] = []
    package = text(given.get(1, "package") or UNKNOWN) or ""
    for option in options(given.get(0, "name") or UNKNOWN):
        name = text(option)
        if name is None:
            found.append(UNKNOWN)
            continue
        level = len(name) - len(name.lstrip("."))
        if level:
            base = package.split(".")
            name = ".".join([*base[: len(base) - (level - 1)], name.lstrip(".")])
        source = library.walk.tree.modules.get(name)
        if source is None:
            found.append(Outside(name))
        else:
            library.walk.module(name)
            found.append(Module(source.name))
    del frame
    return joined(found)


def _iter_modules(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del frame, node
    path = given.get(0, "path") or UNKNOWN
    owners = [
        option.of.name for option in options(path) if isinstance(option, Method) and isinstance(option.of, Module)
    ]
    prefix = text(given.get(1, "prefix") or const("")) or ""
    rows = []
    for owner in owners:
        source = library.walk.tree.modules.get(owner)
        full = source.name if source else owner
        below = {each.name for each in library.walk.tree.sources if each.name.rpartition(".")[0] == full}
        rows += [
            Seq((UNKNOWN, const(prefix + name.rpartition(".")[2]), UNKNOWN), ("module_finder", "name", "ispkg"))
            for name in sorted(below)
        ]
    return Seq(tuple(rows)) if rows else Iter(UNKNOWN)


def _partial(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    function = given.get(0, "func")
    return (
        UNKNOWN
        if function is None
        else joined(
            Partial(option, tuple(given.args[1:]), tuple(sorted(given.keywords.items())))
            for option in options(function)
        )
    )


def _identity(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """A decorator that leaves a function what it is; with other arguments it gives such a decorator."""
    del library, frame, node
    value = given.get(0)
    if value is not None and any(
        isinstance(option, (Func, Class, Partial, Managed, Property, Static)) for option in options(value)
    ):
        return value
    return Outside("functools.identity")


def _wraps(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`functools.wraps(f)`: what it decorates has f's name and signature."""
    del library, frame, node
    return Method(given.get(0, "wrapped") or UNKNOWN, "wraps()")


def _same(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """What is awaited, copied or cast is what it was."""
    del library, frame, node
    found = given.args[0] if given.args else next(iter(given.keywords.values()), UNKNOWN)
    return found.item if isinstance(found, Iter) and found.manager else found


def _second(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return given.get(1) or UNKNOWN


def _gather(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return Seq(tuple(given.args)) if given.star is None else Iter(joined([*given.args, given.star]))


def _run(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """A function is called with the arguments behind it, in a thread or wherever."""
    function = given.get(0, "func", "function")
    if function is None:
        return UNKNOWN
    keywords = {
        name: value
        for name, value in given.keywords.items()
        if name not in ("func", "function", "limiter", "abandon_on_cancel", "backend")
    }
    if not any(isinstance(option, (Func, Class, Partial, Operation, Method, Outside)) for option in options(function)):
        return function
    return library.walk.call(
        function, Given(given.args[1:], keywords, given.star, given.maybe, given.open), frame, node
    )


def _thread(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    target = given.get(1, "target")
    if target is not None:
        args = given.get(3, "args")
        library.walk.call(
            target, Given(items(library.walk, args, frame, node) if args is not None else []), frame, node
        )
    return UNKNOWN


def _managed(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return joined(
        Managed(option) if isinstance(option, (Func, Partial)) else option
        for option in options(given.get(0) or UNKNOWN)
    )


def _property(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return Property(given.get(0, "fget") or UNKNOWN)


def _static(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return Static(given.get(0) or UNKNOWN)


def _classmethod(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return Static(given.get(0) or UNKNOWN, owner=True)


def _named_marker(name: str) -> Callable[[Library, Given, Frame, ast.AST], Value]:
    def made(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
        del library, given, frame, node
        return Outside(name)

    return made


def _getenv(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del frame, node
    return setting(library, given)


def _path_join(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    return concatenated([piece for part in given.args for piece in ("/", part)][1:])


def _claims(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, given, frame, node
    return Claims()


def _url(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """The parts of a URL: of an S3 URI in an argument, bucket and key."""
    value = given.get(0, "url") or UNKNOWN
    made = library.walk.allocate("urllib.parse.ParseResult", frame, node, value)
    told = isinstance(value, Arg) and "/" not in value.name and "." not in value.name
    library.walk.set(made, "netloc", Arg(f"{value.name}//bucket") if told and isinstance(value, Arg) else UNKNOWN)
    library.walk.set(made, "hostname", UNKNOWN)
    library.walk.set(made, "path", Arg(f"{value.name}//key") if told and isinstance(value, Arg) else UNKNOWN)
    return made


def _substituted(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`re.sub`: of a text that is told by claims the text, with what is replaced in it kept beside it."""
    del frame, node
    value = given.get(2, "string") or UNKNOWN
    pattern, new = text(given.get(0, "pattern") or UNKNOWN), text(given.get(1, "repl") or UNKNOWN)
    if not isinstance(value, (Text, Claim)):
        return UNKNOWN
    if pattern is not None and new is not None:
        library.walk.replaced[value] = (pattern, new)
    return value


def _bounded(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """`min` and `max`: of literals and one setting the setting."""
    if given.keywords.get("key") is not None:
        library.callbacks(Given([given.keywords["key"]]), frame, node)
    told = [each for each in given.args if isinstance(each, (Env, Arg, Clamped))]
    numbers = [each.value for each in given.args if isinstance(each, Const) and isinstance(each.value, int)]
    if len(told) != 1 or len(numbers) != len(given.args) - 1 or not isinstance(node, ast.Call):
        return UNKNOWN
    before = told[0] if isinstance(told[0], Clamped) else Clamped(told[0])
    if not numbers:
        return before
    if names_of(node.func) == ["max"]:
        return Clamped(before.of, max(numbers), before.high)
    return Clamped(before.of, before.low, min(numbers))


def _constant(value: Value) -> Callable[[Library, Given, Frame, ast.AST], Value]:
    def made(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
        library.callbacks(given, frame, node)
        return value

    return made


def _context(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, given, frame, node
    return Ctx(None)


_PROGRAMS = frozenset({
    "aws", "cdk", "sam", "terraform", "tofu", "eksctl", "copilot", "kubectl", "helm", "pulumi", "serverless", "sls", "aws-vault", "docker", "podman",
})  # fmt: skip
_SHELLS = frozenset(
    {"bash", "sh", "zsh", "dash", "cmd", "powershell", "pwsh", "env", "sudo", "xargs", "timeout", "nohup"}
)


def _program(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """Another program is run, which may be AWS's command line, by itself or through a shell."""
    command = given.get(0, "args", "cmd", "program", "command") or UNKNOWN
    environment = given.get(-1, "env")
    for option in options(environment) if environment is not None else ():
        values = library.walk.heap.get(option, {}).values() if isinstance(option, Obj) else ()
        if any(isinstance(each, (Session, Answer)) for value in values for each in options(value)):
            what = "what another program does with the credentials it is given"
            library.walk.unresolved(what, "it is not in this source", frame, node)
    words: list[Value] = [each for option in options(command) for each in _words(library, option, frame, node)]
    words += given.args[1:] if given.args else []
    told = [word for each in words for word in _told(each)]
    first = told[0] if told and _told(words[0]) else ""
    named = [word.rpartition("/")[2] for word in told]
    shell = first.rpartition("/")[2] in _SHELLS or given.get(-1, "shell") is not None
    known = [word for word in (named if shell else named[:1]) if word in _PROGRAMS]
    if not first or (shell and not known and any(not _told(each) or isinstance(each, Text) for each in words)):
        library.walk.unresolved("another program", "which program is run is decided at run time", frame, node)
    for word in dict.fromkeys(known):
        library.walk.unresolved(f"the program {word}", "what it asks AWS for is not in this source", frame, node)
    return UNKNOWN


def _words(library: Library, command: Value, frame: Frame, node: ast.AST) -> list[Value]:
    return items(library.walk, command, frame, node) if isinstance(command, (Seq, Obj)) else [command]


def _told(value: Value) -> list[str]:
    """The words that a part of a command line begins with, as far as the source tells them; variables before it left out."""
    written = value.parts[0] if isinstance(value, Text) and isinstance(value.parts[0], str) else text(value)
    found = re.split(r"[\s;&|()`$]+", written) if written else []
    return [word for word in found if word and not re.fullmatch(r"\w+=.*", word)]


def _executed(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """Code that is a text: nobody reads it."""
    del given
    library.walk.unresolved("code that is made at run time", "what it does is not in the source", frame, node)
    return UNKNOWN


def _requested(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    """An HTTP request; one to AWS itself is a call that nobody can name."""
    for value in given.all():
        for option in options(value):
            parts = option.parts if isinstance(option, Text) else (text(option),)
            if any(isinstance(part, str) and ("amazonaws.com" in part or "api.aws" in part) for part in parts):
                why = "which action it needs is not told by the source"
                library.walk.unresolved("an HTTP request to AWS", why, frame, node)
    library.callbacks(
        Given(given.args, {name: value for name, value in given.keywords.items() if name != "auth"}), frame, node
    )
    auth = given.get(-1, "auth")
    if auth is not None and isinstance(node, ast.Call):
        return library.signing.sent(auth, (names_of(node.func) or ["get"])[-1], given, frame, node)
    return UNKNOWN


KNOWN: dict[str, Callable[[Library, Given, Frame, ast.AST], Value]] = {
    **{f"builtins.{name}": function for name, function in {
        "getattr": _getattr, "setattr": _setattr, "super": _super, "dict": _dict, "list": _list, "tuple": _list, "set": _list,
        "frozenset": _list, "sorted": _list, "reversed": _list, "enumerate": _pairs, "zip": _zip, "map": _map, "filter": _filter,
        "next": _next, "anext": _next, "iter": _same, "aiter": _same, "str": _str, "int": _number, "float": _number,
        "callable": _callable, "isinstance": _isinstance, "dir": _dir, "vars": _vars, "globals": _globals, "type": _type,
        "len": _asked("__len__"), "repr": _asked("__repr__"), "bool": _asked("__bool__", "__len__"), "hash": _asked("__hash__"),
        "abs": _asked("__abs__"), "bytes": _asked("__bytes__"), "format": _asked("__format__", "__str__"),
        "property": _property, "staticmethod": _static, "classmethod": _classmethod, "__import__": _import_module,
    }.items()},
    **dict.fromkeys((
        "functools.lru_cache", "functools.cache", "functools.identity", "functools.singledispatch", "functools.total_ordering",
        "dataclasses.dataclass", "pydantic.dataclasses.dataclass", "abc.abstractmethod", "typing.final", "typing.override", "attrs.define", "attr.s",
        "typing.runtime_checkable", "typing.no_type_check", "functools.alru_cache", "functools.cached", "functools.ttl_cache",
        "enum.unique", "beartype.beartype", "loguru.logger.catch", "typing.overload",
    ), _identity),
    **dict.fromkeys(("functools.wraps", "functools.update_wrapper"), _wraps),
    **dict.fromkeys(("functools.cached_property", "django.utils.functional.cached_property", "abc.abstractproperty"), _property),
    **dict.fromkeys(("functools.partial", "functools.partialmethod"), _partial),
    **dict.fromkeys(("contextlib.contextmanager", "contextlib.asynccontextmanager"), _managed),
    "contextlib.suppress": _named_marker("contextlib.suppress()"),
    "time.time": _named_marker("time.time()"),
    **dict.fromkeys((
        "asyncio.run", "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "contextlib.closing",
        "contextlib.aclosing", "contextlib.nullcontext", "copy.copy", "copy.deepcopy", "anyio.run", "types.MappingProxyType", "asyncio.as_completed",
        "asgiref.sync.sync_to_async", "asgiref.sync.async_to_sync", "nest_asyncio.apply", "asyncio.run_coroutine_threadsafe",
    ), _same),
    **dict.fromkeys(("typing.cast",), _second),
    "asyncio.gather": _gather,
    **dict.fromkeys((
        "asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool", "fastapi.concurrency.run_in_threadpool",
        "anyio.from_thread.run", "trio.to_thread.run_sync", "anyio.run", "asyncio.run",
    ), _run),
    **dict.fromkeys(("threading.Thread", "threading.Timer", "multiprocessing.Process"), _thread),
    **dict.fromkeys(("urllib.parse.quote", "urllib.parse.quote_plus", "urllib.parse.unquote", "html.escape"), _same),
    "re.sub": _substituted,
    "builtins.max": _bounded,
    "builtins.min": _bounded,
    **dict.fromkeys(("builtins.exec", "builtins.eval", "runpy.run_path", "runpy.run_module"), _executed),
    **{
        f"{library}.{name}": _requested
        for library in ("requests", "httpx", "aiohttp")
        for name in ("get", "post", "put", "delete", "head", "patch", "request")
    },
    "urllib.request.urlopen": _requested,
    "inspect.getmembers": _members,
    "inspect.getmembers_static": _members,
    **dict.fromkeys(("inspect.isfunction", "inspect.isroutine", "inspect.ismethod"), _isfunction),
    **dict.fromkeys(("inspect.iscoroutinefunction", "asyncio.iscoroutinefunction"), _iscoroutine),
    "importlib.import_module": _import_module,
    **dict.fromkeys(("pkgutil.iter_modules", "pkgutil.walk_packages"), _iter_modules),
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.environ.setdefault": _getenv,
    "os.environ.pop": _getenv,
    **dict.fromkeys(("os.path.join", "posixpath.join"), _path_join),
    **dict.fromkeys(("jwt.decode", "jose.jwt.decode", "jose.jwt.get_unverified_claims", "authlib.jose.jwt.decode"), _claims),
    **dict.fromkeys(("urllib.parse.urlparse", "urllib.parse.urlsplit"), _url),
    **dict.fromkeys(("fastmcp.server.dependencies.get_context", "mcp.server.fastmcp.server.get_context"), _context),
    **dict.fromkeys(("subprocess.run", "subprocess.Popen", "subprocess.check_output", "subprocess.check_call", "subprocess.call", "os.system",
                     "os.popen", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "subprocess.getoutput",
                     "subprocess.getstatusoutput"), _program),
}  # fmt: skip
"""What functions of libraries give, by their dotted names."""
