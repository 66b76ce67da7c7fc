"""The functions of libraries that a server's needs go through, by their dotted names, with those of plain Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from iamsim.tools.infer.builtin import setting
from iamsim.tools.infer.choices import concatenated, joined, options, text
from iamsim.tools.infer.conditions import holds
from iamsim.tools.infer.containers import items, updated
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.programs import executed, program, requested
from iamsim.tools.infer.reflection import (
    callable_,
    dir_,
    getattr_,
    globals_,
    import_module,
    iscoroutine,
    isfunction,
    isinstance_,
    iter_modules,
    members,
    setattr_,
    super_,
    type_,
    vars_,
)
from iamsim.tools.infer.sdk_values import Ctx
from iamsim.tools.infer.syntax import names_of
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Claim,
    Claims,
    Clamped,
    Const,
    Env,
    Iter,
    Obj,
    Outside,
    Seq,
    Text,
    Value,
    const,
)
from iamsim.tools.infer.wrappers import (
    classmethod_,
    gather,
    identity,
    managed,
    partial,
    property_,
    run,
    same,
    second,
    static,
    thread,
    wraps,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.libraries import Library


def _dict(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    walk = library.walk
    made = walk.allocate("dict", frame, node, "dict")
    first = given.get(0)
    for option in options(first) if first is not None else ():
        if isinstance(option, Obj) and option.kind == "dict":
            updated(walk, made, option, maybe=False)
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
        if holds(answer, library.walk) is not False:
            kept.append(item)
    return _made(library, frame, node, kept)


def _next(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    found = items(library.walk, given.get(0) or UNKNOWN, frame, node)
    return joined([*(found or [UNKNOWN]), *([given.args[1]] if len(given.args) > 1 else [])])


def _str(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    value = given.get(0, "object") or const("")
    if isinstance(value, Obj) and value.kind.isdigit():
        method_ = library.walk.objects.member(value, "__str__", frame, node)
        return library.walk.call(method_, Given(), frame, node) if method_ is not None else UNKNOWN
    return joined(
        concatenated((option,)) if not isinstance(option, (Arg, Env, Claim, Text)) else option
        for option in options(value)
    )


def _number(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, frame, node
    value = given.get(0) or UNKNOWN
    return value if isinstance(value, (Arg, Env, Outside, Clamped)) else UNKNOWN


def _asked(*methods: str) -> Callable[[Library, Given, Frame, ast.AST], Value]:
    """A function of Python that asks an object by methods of its own."""

    def made(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
        library.walk.objects.protocol(given.get(0) or UNKNOWN, methods, [], frame, node)
        return UNKNOWN

    return made


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


def _context(library: Library, given: Given, frame: Frame, node: ast.AST) -> Value:
    del library, given, frame, node
    return Ctx(None)


KNOWN: dict[str, Callable[[Library, Given, Frame, ast.AST], Value]] = {
    **{f"builtins.{name}": function for name, function in {
        "getattr": getattr_, "setattr": setattr_, "super": super_, "dict": _dict, "list": _list, "tuple": _list, "set": _list,
        "frozenset": _list, "sorted": _list, "reversed": _list, "enumerate": _pairs, "zip": _zip, "map": _map, "filter": _filter,
        "next": _next, "anext": _next, "iter": same, "aiter": same, "str": _str, "int": _number, "float": _number,
        "callable": callable_, "isinstance": isinstance_, "dir": dir_, "vars": vars_, "globals": globals_, "type": type_,
        "len": _asked("__len__"), "repr": _asked("__repr__"), "bool": _asked("__bool__", "__len__"), "hash": _asked("__hash__"),
        "abs": _asked("__abs__"), "bytes": _asked("__bytes__"), "format": _asked("__format__", "__str__"),
        "property": property_, "staticmethod": static, "classmethod": classmethod_, "__import__": import_module,
    }.items()},
    **dict.fromkeys((
        "functools.lru_cache", "functools.cache", "functools.identity", "functools.singledispatch", "functools.total_ordering",
        "dataclasses.dataclass", "pydantic.dataclasses.dataclass", "abc.abstractmethod", "typing.final", "typing.override", "attrs.define", "attr.s",
        "typing.runtime_checkable", "typing.no_type_check", "functools.alru_cache", "functools.cached", "functools.ttl_cache",
        "enum.unique", "beartype.beartype", "loguru.logger.catch", "typing.overload",
    ), identity),
    **dict.fromkeys(("functools.wraps", "functools.update_wrapper"), wraps),
    **dict.fromkeys(("functools.cached_property", "django.utils.functional.cached_property", "abc.abstractproperty"), property_),
    **dict.fromkeys(("functools.partial", "functools.partialmethod"), partial),
    **dict.fromkeys(("contextlib.contextmanager", "contextlib.asynccontextmanager"), managed),
    "contextlib.suppress": _named_marker("contextlib.suppress()"),
    "time.time": _named_marker("time.time()"),
    **dict.fromkeys((
        "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "contextlib.closing",
        "contextlib.aclosing", "contextlib.nullcontext", "copy.copy", "copy.deepcopy", "types.MappingProxyType", "asyncio.as_completed",
        "asgiref.sync.sync_to_async", "asgiref.sync.async_to_sync", "nest_asyncio.apply", "asyncio.run_coroutine_threadsafe",
    ), same),
    **dict.fromkeys(("typing.cast",), second),
    "asyncio.gather": gather,
    **dict.fromkeys((
        "asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool", "fastapi.concurrency.run_in_threadpool",
        "anyio.from_thread.run", "trio.to_thread.run_sync", "anyio.run", "asyncio.run",
    ), run),
    **dict.fromkeys(("threading.Thread", "threading.Timer", "multiprocessing.Process"), thread),
    **dict.fromkeys(("urllib.parse.quote", "urllib.parse.quote_plus", "urllib.parse.unquote", "html.escape"), same),
    "re.sub": _substituted,
    "builtins.max": _bounded,
    "builtins.min": _bounded,
    **dict.fromkeys(("builtins.exec", "builtins.eval", "runpy.run_path", "runpy.run_module"), executed),
    **{
        f"{library}.{name}": requested
        for library in ("requests", "httpx", "aiohttp")
        for name in ("get", "post", "put", "delete", "head", "patch", "request")
    },
    "urllib.request.urlopen": requested,
    "inspect.getmembers": members,
    "inspect.getmembers_static": members,
    **dict.fromkeys(("inspect.isfunction", "inspect.isroutine", "inspect.ismethod"), isfunction),
    **dict.fromkeys(("inspect.iscoroutinefunction", "asyncio.iscoroutinefunction"), iscoroutine),
    "importlib.import_module": import_module,
    **dict.fromkeys(("pkgutil.iter_modules", "pkgutil.walk_packages"), iter_modules),
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
                     "subprocess.getstatusoutput"), program),
}  # fmt: skip
"""What functions of libraries give, by their dotted names."""
