"""The methods of plain values that a server's needs go through: texts, dicts, lists, arguments, settings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import concatenated, join, joined, options, text
from iamsim.tools.infer.containers import chosen, items, updated
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Answer
from iamsim.tools.infer.values import (
    LONGEST,
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Changed,
    Claim,
    Claims,
    Class,
    Const,
    Env,
    Func,
    Iter,
    Method,
    Module,
    Obj,
    Outside,
    Partial,
    Seq,
    Text,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library

OF_DICTS = frozenset({"get", "items", "keys", "values", "pop", "setdefault", "update", "copy"})
OF_TEXTS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "split", "rsplit", "replace", "startswith", "endswith", "format",
    "join", "encode", "decode", "removeprefix", "removesuffix", "title", "capitalize", "partition", "rpartition",
    "splitlines", "find", "count", "isdigit", "zfill", "casefold", "swapcase", "isidentifier", "isalnum",
    *OF_DICTS, "append", "extend", "model_dump", "dict", "result", "read", "get_secret_value",
})  # fmt: skip
_SAME = frozenset(
    {
        "strip",
        "lstrip",
        "rstrip",
        "encode",
        "decode",
        "result",
        "read",
        "get_secret_value",
        "copy",
    }
)
"""Methods after which an argument or a setting still is what it was, as far as a policy is concerned."""

_CHANGES = frozenset({
    "append", "add", "insert", "appendleft", "extend", "extendleft", "update", "pop", "popleft", "remove", "discard", "clear",
    "difference_update", "intersection_update", "symmetric_difference_update",
})  # fmt: skip
_VERBS = frozenset({"get", "post", "put", "delete", "head", "patch", "request"})
_FOLDED = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "replace", "startswith", "endswith", "removeprefix", "removesuffix",
                     "title", "capitalize", "casefold", "zfill", "isidentifier", "isdigit"})  # fmt: skip


def setting(library: Library, given: Given) -> Value:
    """A variable of the server's environment."""
    name = text(given.get(0, "key", "varname") or UNKNOWN)
    default = given.get(1, "default")
    if name is None or not name or len(name) > 100:  # noqa: PLR2004
        return UNKNOWN
    told = text(default) if default is not None else None
    before = library.walk.settings.get(name)
    library.walk.settings[name] = before if before is not None else told
    value: Value = Env(name, told)
    if default is not None and told is None and default != NONE:
        value = join(value, default)
    return value


def method(library: Library, owner: Value, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
    """What a method of a plain value gives: a text, a dict, a list, an argument."""
    first = given.get(0)
    match owner:
        case Obj(kind="dict"):
            return _of_dict(library, owner, name, given, frame, node)
        case Obj(kind="list"):
            return _of_list(library, owner, name, given, frame, node)
        case Const(value=str() as written):
            return _of_text(library, written, name, given, frame, node)
        case Args() | Claims() if name in ("get", "pop", "__getitem__"):
            key = text(first or UNKNOWN)
            found: Value = UNKNOWN if key is None else Arg(key) if isinstance(owner, Args) else Claim(key)
            return found
        case Answer(operation=operation, path=path, call=call) if name in ("get", "pop"):
            key = text(first or UNKNOWN)
            return UNKNOWN if key is None or len(path) > 5 else Answer(operation, (*path, key), call)  # noqa: PLR2004
        case Arg() if name in ("get", "pop"):
            key = text(first or UNKNOWN)
            return Arg(f"{owner.name}.{key}") if key is not None and key.isidentifier() else UNKNOWN
        case Arg() | Env() | Text() | Claim() | Answer() if name in _SAME:
            return owner
        case Claim() if name in ("items", "values", "keys"):
            return Iter(Seq((owner, owner)) if name == "items" else owner)
        case Arg() | Env() | Text() | Claim() if name in ("split", "rsplit", "splitlines", "partition", "rpartition"):
            return Iter(Arg(owner.name) if isinstance(owner, Arg) and text(first or NONE) == "," else UNKNOWN)
        case Arg() | Env() if name in ("lower", "upper", "casefold", "title", "capitalize"):
            return Changed(owner)
        case Changed() if name in _SAME or name in ("lower", "upper", "casefold", "title", "capitalize"):
            return owner
        case Outside(name="os.environ") if name in ("get", "pop", "setdefault", "__getitem__"):
            return setting(library, given)
        case Seq() if name in ("index", "count"):
            return UNKNOWN
        case Iter(item=item) if name in ("pop", "get", "popleft"):
            return item
        case Seq() | Iter() | Class() if name in ("result", "copy"):
            return owner
        case Method(of=Module(name=module), name="__dict__") if name == "items":
            return _module_items(library, module)
        case Method(of=Module(name=module), name="__dict__") if name == "get":
            key = text(first or UNKNOWN)
            return library.walk.scopes.of_module(module, key) if key is not None else UNKNOWN
        case Func() if name in ("__get__", "options", "with_options"):
            return owner
        case Obj() if owner.kind.endswith(("ContextVar", ".local")) and name in ("get", "set"):
            return _kept(library, owner, name, first)
        case Func() if name == "register":
            # functools.singledispatch: with a type, a decorator; with a function, one of those that may be called.
            if first is None or not any(isinstance(option, (Func, Partial)) for option in options(first)):
                return Method(owner, "register")
            library.walk.dispatched.setdefault(owner.id, []).append(first)
            return first
        case Obj() if owner.kind.startswith(("requests.", "httpx.", "aiohttp.")) and name in _VERBS:
            return library.signing.sent(
                library.walk.get(owner, "auth") or given.get(-1, "auth"), name, given, frame, node
            )
        case Func() | Partial() if name == "delay":
            return library.walk.call(owner, given, frame, node)
        case Obj() if owner.kind.rpartition(".")[2] in ("ArgumentParser", "_ArgumentGroup"):
            return _command_line(library, owner, name, given)
        case _:
            library.callbacks(given, frame, node)
            return UNKNOWN


def _kept(library: Library, owner: Obj, name: str, first: Value | None) -> Value:
    """A context variable: what it was set to anywhere, else its default, or what the caller gives for one."""
    if name == "set":
        library.walk.set(owner, "value", first or UNKNOWN)
        return UNKNOWN
    value = library.walk.get(owner, "value")
    others = [each for each in (library.walk.get(owner, "default"), first) if each is not None]
    return join(*others, UNKNOWN) if value is None else joined([value, *others])


def _command_line(library: Library, owner: Obj, name: str, given: Given) -> Value:
    """`argparse`: an option of the server's command line is a setting."""
    if name in ("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"):
        return owner
    if name == "parse_args":
        return Outside("argparse.Namespace()")
    if name == "parse_known_args":
        return Seq((Outside("argparse.Namespace()"), UNKNOWN))
    if name == "add_argument":
        spelled = [found for each in given.args if (found := text(each)) is not None]
        long = next((each for each in spelled if each.startswith("--")), spelled[0] if spelled else "")
        dest = text(given.get(-1, "dest") or UNKNOWN) or long.lstrip("-").replace("-", "_")
        action = given.get(-1, "action")
        kind = text(action) if action is not None else None
        flag = kind in ("store_true", "store_false") or (
            isinstance(action, Outside) and action.name == "argparse.BooleanOptionalAction"
        )
        default = given.get(-1, "default")
        told = default.value if isinstance(default, Const) else None
        shown = (
            "true"
            if told is True or (kind == "store_false" and told is None)
            else "false"
            if flag
            else told
            if isinstance(told, str)
            else None
        )
        if dest.isidentifier() and dest.isascii() and len(library.walk.command_line) < 1000:  # noqa: PLR2004
            library.walk.command_line[dest] = Env(dest, shown, flag, option=True)
    return UNKNOWN


def _of_dict(library: Library, owner: Obj, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
    walk = library.walk
    first, second = given.get(0), given.get(1, "default")
    fields = walk.heap.get(owner, {})
    if name in ("pop", "popitem", "clear") or (name in ("update", "setdefault") and frame.depth):
        walk.loosen(owner)
    if name in ("get", "pop", "setdefault", "__getitem__"):
        key = text(first or UNKNOWN)
        if name == "setdefault" and key is not None and second is not None:
            walk.set(owner, key, second, maybe=True)
        if key is not None and key in fields:
            found = fields[key]
            return join(found, second or NONE) if (owner, key) in walk.maybe else found
        if key is not None and "**" in fields:
            return Arg(key)
        if key is not None and "*" not in fields:
            return second or NONE
        every = chosen(walk, owner, first or UNKNOWN) if fields else UNKNOWN
        return join(every, second or NONE)
    if name == "items":
        return Seq(tuple(Seq((UNKNOWN if key == "*" else const(key), value)) for key, value in fields.items()))
    if name == "values":
        return Seq(tuple(fields.values()))
    if name == "keys":
        return Seq(tuple(UNKNOWN if key == "*" else const(key) for key in fields))
    if name == "update":
        if first is not None:
            updated(walk, owner, first, maybe=frame.depth > 0)
        for key, value in given.keywords.items():
            walk.set(owner, key, value, maybe=frame.depth > 0)
        return NONE
    if name == "copy":
        made = walk.allocate("dict", frame, node, "copy", owner)
        updated(walk, made, owner, maybe=False)
        return made
    library.callbacks(given, frame, node)
    return UNKNOWN


def _of_list(library: Library, owner: Obj, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
    walk = library.walk
    first = given.get(0)
    if name in _CHANGES:
        library.walk.loosen(owner)
    if name in ("append", "add", "insert", "appendleft"):
        value = given.get(1) if name == "insert" else first
        fields = walk.heap.setdefault(owner, {})
        if value is not None and value not in fields.values():
            # In the order of the source where the list grows outside of a loop; what code is stays apart in any case.
            walk.set(owner, str(len(fields)) if "*" not in fields and len(fields) < 200 else "*", value)  # noqa: PLR2004
        return NONE
    if name in ("extend", "update"):
        for value in items(walk, first or UNKNOWN, frame, node):
            walk.set(owner, "*" if value == UNKNOWN else str(len(walk.heap[owner])), value)
        return NONE
    if name in ("pop", "popleft"):
        return joined(walk.heap.get(owner, {}).values())
    if name == "copy":
        return owner
    library.callbacks(given, frame, node)
    return UNKNOWN


def _of_text(library: Library, written: str, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
    values = _constants(given.args)
    if name in _FOLDED and values is not None and not given.keywords and len(written) < LONGEST:
        try:
            return const(getattr(written, name)(*values))
        except (TypeError, ValueError, OverflowError, MemoryError):
            return UNKNOWN
    if name in ("split", "rsplit") and values is not None and not given.keywords:
        try:
            return Seq(tuple(const(part) for part in written.split(*values)))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return UNKNOWN
    if name == "join":
        parts = items(library.walk, given.get(0) or UNKNOWN, frame, node)
        known = isinstance(given.get(0), (Seq, Obj)) and 0 < len(parts) < 12  # noqa: PLR2004
        return concatenated([piece for part in parts for piece in (written, part)][1:]) if known else UNKNOWN
    if name == "format":
        return _formatted(written, given)
    if name in ("encode", "decode"):
        return const(written)
    library.callbacks(given, frame, node)
    return UNKNOWN


def _formatted(template: str, given: Given) -> Value:
    parts: list[str | Value] = []
    number = 0
    rest = template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, closed, rest = rest.partition("}")
        if not closed or name.startswith("{"):
            return UNKNOWN
        parts.append(before)
        name = name.partition(":")[0].partition("!")[0]
        value = given.get(number) if not name else given.get(int(name)) if name.isdigit() else given.keywords.get(name)
        number += 0 if name else 1
        parts.append(UNKNOWN if value is None else value)
    return concatenated([*parts, rest])


def _module_items(library: Library, module: str) -> Value:
    frame = library.walk.scopes.module(module)
    names = frame.locals if frame is not None else {}
    return Seq(tuple(Seq((const(name), value)) for name, value in names.items()))


def _constants(values: Iterable[Value]) -> Sequence[object] | None:
    """Python's own values of literals; None where one is none."""
    found = []
    for value in values:
        if not isinstance(value, Const):
            return None
        found.append(value.value)
    return found
