"""From a source tree to its tools, each with the calls it makes."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from iamsim.tools.infer.conditions import TOOL, parameter_name
from iamsim.tools.infer.expressions import items
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.interpreter import Interpreter, Spent
from iamsim.tools.infer.made import Made, Registered
from iamsim.tools.infer.tree import Source, Tree
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Ctx,
    Env,
    Func,
    Managed,
    Obj,
    Partial,
    Registry,
    Seq,
    Value,
    const,
    options,
    text,
)

ROUNDS = 3
"""The walk over the tools is repeated until the heap no longer grows, but no more often than this."""

_STACK = 512 << 20
_FRAMES = 60_000


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool: `default` None means that it must be given, `kind` is text or flag."""

    name: str
    default: str | None
    kind: str = "text"


@dataclass(slots=True)
class Walked:
    """One tool with what it was seen to do; `spent`: it was too large to be followed to its end."""

    tool: Registered
    arguments: tuple[Argument, ...]
    made: tuple[Made, ...]
    spent: bool = False


@dataclass(slots=True)
class Outcome:
    """Everything that the walk found: tools by name, the calls made when the server starts, and the walk itself."""

    walk: Interpreter
    tools: list[Walked] = field(default_factory=list)
    start: tuple[Made, ...] = ()


def walked(tree: Tree, progress: Callable[[str], None] = lambda _: None) -> Outcome:
    """
    Follows a source tree.

    In a thread of its own with a deep stack: the source may nest deeper than Python's own limit allows, and beyond this
    one a module or a tool is noted as too large.
    """
    found: list[Outcome] = []
    failed: list[BaseException] = []

    def run() -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(_FRAMES)
        try:
            found.append(_walked(tree, progress))
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            failed.append(error)
        finally:
            sys.setrecursionlimit(limit)

    size = threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=run, name="infer", daemon=True)
        thread.start()
    finally:
        threading.stack_size(size)
    while thread.is_alive():
        thread.join(0.2)
    if failed:
        raise failed[0]
    return found[0]


def _walked(tree: Tree, progress: Callable[[str], None]) -> Outcome:
    walk = Interpreter(tree)
    outcome = Outcome(walk)
    start = Frame(walk.context("start"), tree.sources[0].name)
    walk.frames[start.id] = start
    for entries in _entries(tree):
        for source in entries:
            progress(f"reading {source.file}")
            walk.afresh()
            if source.file.endswith("__main__.py") or _is_script(source):
                walk.scripts.add(source.name)
            walk.module(source.name)
            _mains(walk, source, start)
        _unreached(walk, start)
        if _has_tools(walk):
            break
    for source in tree.sources:
        shadowed = {"boto3", "botocore", "mcp", "fastmcp"} & {*source.names}
        if shadowed:
            name = shadowed.pop()
            walk.unnamed[source.file] = (
                f"the source has a module of its own that is called `{name}`, which stands for the library"
            )
        if source.name not in walk.modules and _registers(source):
            walk.unnamed[source.file] = (
                "it registers tools, and nothing that the server starts with imports it; its tools are left out"
            )
    for number in range(ROUNDS):
        walk.forget()
        before = set(walk.registered)
        outcome.tools = [found for each in _tools(walk) if (found := _tool(walk, each, progress)) is not None]
        if not walk.changed and set(walk.registered) == before and number:
            break
    made = dict.fromkeys(made for frame in walk.modules.values() for made in frame.made)
    outcome.start = tuple(dict.fromkeys((*made, *start.made)))
    outcome.tools.sort(key=lambda each: each.tool.name)
    return outcome


def _entries(tree: Tree) -> Iterator[list[Source]]:
    """
    The modules that a server starts from, one group after the other until tools are found.

    Those of its commands; `__main__.py`; those that are run as scripts; those that speak of MCP; all there are.
    """
    scripts = [tree.modules.get(script.partition(":")[0]) for script in tree.scripts]
    yield [source for source in scripts if source is not None]
    yield [source for source in tree.sources if source.file.endswith("__main__.py")]
    speaking = [source for source in tree.sources if _speaks(source)]
    yield [source for source in speaking if _is_script(source)]
    yield [source for source in tree.sources if _is_script(source)]
    yield speaking
    yield tree.sources


def _is_script(source: Source) -> bool:
    """Whether a module does something where it is run: `if __name__ == "__main__":`."""
    return any(
        isinstance(node, ast.If)
        and any(isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(node.test))
        for node in source.tree.body
    )


def _registers(source: Source) -> bool:
    """Whether a module has a decorator or a call that is named `tool` or `add_tool`."""
    return any(isinstance(node, ast.Attribute) and node.attr in ("tool", "add_tool") for node in ast.walk(source.tree))


def _speaks(source: Source) -> bool:
    """Whether a module mentions an MCP SDK, or a decorator that is called `tool`."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=names) if any(alias.name.partition(".")[0] in ("mcp", "fastmcp") for alias in names):
                return True
            case ast.ImportFrom(module=str() as module) if module.partition(".")[0] in ("mcp", "fastmcp"):
                return True
            case ast.Attribute(attr="tool" | "add_tool"):
                return True
            case _:
                continue
    return False


def _mains(walk: Interpreter, source: Source, start: Frame) -> None:
    """Runs what a module's commands run: the functions that the metadata name, else its own `main` and the like."""
    module = walk.module(source.name)
    if module is None:
        return
    named = [
        script.partition(":")[2].partition(".")[0]
        for script in walk.tree.scripts
        if script.partition(":")[0] in source.names
    ]
    for name in dict.fromkeys((*named, *_MAINS)):
        value = module.locals.get(name)
        if value is None or (name not in named and (named and _has_tools(walk))):
            continue
        for option in options(value):
            function = option.func if isinstance(option, (Managed, Partial)) else option
            if not isinstance(function, Func) or (
                name not in named and walk.functions[function.id].module != source.name
            ):
                continue
            inner = Frame(start.id, source.name)
            try:
                if function is option:
                    walk.blind(function, inner)
                else:
                    walk.call(option, Given(), inner, source.tree)
            except (Spent, RecursionError):
                walk.unnamed[source.file] = f"`{name}` is too large to be followed to its end"
            start.made.update(inner.made)


_MAINS = ("main", "serve", "create_server", "create_app", "run_server", "run", "amain")


def _has_tools(walk: Interpreter) -> bool:
    return bool(walk.registered) or any("on_list_tools" in kept for kept in walk.registries.values())


def _unreached(walk: Interpreter, start: Frame) -> None:
    """Runs the functions and makes the classes that register tools and that nothing came by so far."""
    for source in walk.tree.sources:
        if source.name not in walk.modules:
            continue
        for owner, node in _registering(source.tree):
            if any(
                each.site.startswith(f"{source.file}:") and _inside(node, each.site)
                for each in walk.registered.values()
            ):
                continue
            if not _mentioned(walk.tree, owner.name if owner is not None else node.name):
                left = f"`{node.name}` registers tools, and nothing calls it; they are left out"
                walk.unnamed[f"{source.file}:{node.lineno}"] = left
                continue
            walk.afresh()
            module = walk.module(source.name)
            if module is None:
                continue
            inner = Frame(start.id, source.name)
            value = module.locals.get(owner.name if owner is not None else node.name)
            try:
                for option in options(value) if value is not None else ():
                    if isinstance(option, Class):
                        init = walk.call(option, Given(star=UNKNOWN, open=True), inner, node)
                        if not any(_inside(node, each.site) for each in walk.registered.values()):
                            method = walk.attribute(init, node.name, inner, node)
                            for each in options(method):
                                if isinstance(each, Func):
                                    walk.blind(each, inner)
                    elif isinstance(option, Func):
                        walk.blind(option, inner)
            except (Spent, RecursionError):
                walk.unnamed[source.file] = f"`{node.name}` is too large to be followed to its end"
            start.made.update(inner.made)


def _mentioned(tree: Tree, name: str) -> bool:
    """Whether any code uses a name, as it stands or as an attribute."""
    for source in tree.sources:
        for node in ast.walk(source.tree):
            if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)) or (
                isinstance(node, ast.Attribute) and node.attr == name
            ):
                return True
    return False


def _registering(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions, with the class they are a method of, that mention a server's `tool` or `add_tool`."""
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if _mentions(top):
                yield None, top
        elif isinstance(top, ast.ClassDef):
            for each in top.body:
                if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and _mentions(each):
                    yield top, each


def _mentions(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(inner, ast.Attribute) and inner.attr in ("tool", "add_tool")
        for each in node.body
        for inner in ast.walk(each)
    )


def _inside(node: ast.AST, site: str) -> bool:
    line = int(site.rpartition(":")[2])
    return getattr(node, "lineno", 0) <= line <= (getattr(node, "end_lineno", 0) or 0)


def _tools(walk: Interpreter) -> list[Registered]:
    """Every tool: the registered ones, with the prefix of where they are mounted, and those of low-level servers."""
    found = {}
    for each in list(walk.registered.values()):
        prefixes = [prefix for (inner, _), prefix in walk.mounted.items() if inner == each.registry]
        for prefix in prefixes or [""]:
            name = f"{prefix}_{each.name}" if prefix else each.name
            found[name] = Registered(
                name, each.function, each.registry, each.description, each.site, each.schema, each.maybe
            )
    for registry, kept in list(walk.registries.items()):
        if "on_list_tools" in kept and "on_call_tool" in kept:
            for each in _low(walk, registry, kept):
                found.setdefault(each.name, each)
    return list(found.values())


def _low(walk: Interpreter, registry: Registry, kept: dict[str, Value]) -> Iterator[Registered]:
    """The tools that a low-level server lists, each with the one function that all its calls go to."""
    inner = Frame(walk.context("list", registry), walk.tree.sources[0].name)
    walk.afresh()
    node = walk.tree.sources[0].tree
    try:
        listed = [
            walk.call(option, Given([UNKNOWN for _ in range(min(2, _places(walk, option)))]), inner, node)
            for option in options(kept["on_list_tools"])
        ]
        for value in listed:
            for item in _listed(walk, value, inner, node):
                if isinstance(item, Obj):
                    for option in options(walk.get(item, "name") or UNKNOWN):
                        name = text(option)
                        if name is None:
                            walk.unnamed[f"tool of {walk.tree.root}"] = "a tool is listed whose name is not known"
                        elif name.isprintable() and 0 < len(name) <= 128:  # noqa: PLR2004
                            yield Registered(
                                name, kept["on_call_tool"], registry, text(walk.get(item, "description") or NONE) or "", _first(walk, kept["on_call_tool"]),
                                walk.get(item, "inputSchema") or walk.get(item, "input_schema") or UNKNOWN,
                            )  # fmt: skip
    except (Spent, RecursionError):
        walk.unnamed[f"tools of {walk.tree.root}"] = "the list of tools is too large to be followed to its end"


def _listed(walk: Interpreter, value: Value, frame: Frame, node: ast.AST) -> list[Value]:

    found: list[Value] = []
    for option in options(value):
        if isinstance(option, Obj) and not option.kind.isdigit() and option.kind not in ("list", "dict"):
            tools = walk.get(option, "tools")
            found += items(walk, tools, frame, node) if tools is not None else []
        else:
            found += items(walk, option, frame, node)
    return [each for item in found for each in options(item)]


def _places(walk: Interpreter, value: Value) -> int:
    if not isinstance(value, Func):
        return 0
    node = walk.functions[value.id].node
    return max(0, len([*node.args.posonlyargs, *node.args.args]) - (value.bound is not None))


def _first(walk: Interpreter, value: Value) -> str:
    for option in options(value):
        if isinstance(option, Func):
            info = walk.functions[option.id]
            return f"{walk.source(info.module).file}:{info.node.lineno}"
    return ""


def _tool(walk: Interpreter, tool: Registered, progress: Callable[[str], None]) -> Walked | None:
    """Follows one tool."""
    progress(f"following {tool.name}")
    walk.afresh()
    site = tool.site.rpartition(":")
    source = next((each for each in walk.tree.sources if each.file == site[0]), walk.tree.sources[0])
    frame = Frame(walk.context("tool", tool.name), source.name)
    arguments, given = _given(walk, tool)
    walk.strict = tool.schema is not None
    spent = _followed(walk, tool, given, frame, source)
    if walk.strict and not frame.made:
        # Which of its functions a handler calls is not told by the names that the source lists: any of them, then.
        walk.strict = False
        walk.afresh()
        spent = _followed(walk, tool, given, frame, source)
    walk.strict = False
    return Walked(tool, arguments, tuple(frame.made), spent)


def _followed(walk: Interpreter, tool: Registered, given: Given, frame: Frame, source: Source) -> bool:
    """Follows a tool's function; whether a bound was reached on the way."""
    try:
        walk.call(tool.function, given, frame, source.tree)
    except (Spent, RecursionError):
        return True
    return False


def _given(walk: Interpreter, tool: Registered) -> tuple[tuple[Argument, ...], Given]:
    """The arguments of a tool, and what its function is called with."""
    if tool.schema is not None:
        return _of_schema(walk, tool)
    function: Value = tool.function
    fixed = 0
    named: set[str] = set()
    while isinstance(function, (Managed, Partial)):
        if isinstance(function, Partial):
            fixed += len(function.args)
            named |= {name for name, _ in function.keywords}
        function = function.func
    if isinstance(function, Obj):
        called = walk.member(function, "__call__", Frame(0, walk.tree.sources[0].name), walk.tree.sources[0].tree)
        function = called if called is not None else UNKNOWN
    if not isinstance(function, Func):
        return (), Given(star=UNKNOWN, open=True)
    # A wrapper's own parameters say nothing: those of the function under it do.
    function = walk.unwrapped(function)
    info = walk.functions[function.id]
    written = info.node
    frame = walk.frames.get(function.frame) or Frame(0, info.module)
    arguments: list[Argument] = []
    given = Given()
    places = [*written.args.posonlyargs, *written.args.args]
    skipped = fixed + (1 if _bound(walk, function, written) else 0)
    defaults = dict(
        zip(
            [each.arg for each in places[len(places) - len(written.args.defaults) :]],
            written.args.defaults,
            strict=True,
        )
    )
    defaults.update({
        each.arg: default for each, default in zip(written.args.kwonlyargs, written.args.kw_defaults, strict=True) if default is not None
    })  # fmt: skip
    for each in [*places[skipped:], *written.args.kwonlyargs]:
        if each.arg in named:
            continue
        annotation = ast.unparse(each.annotation) if each.annotation is not None else ""
        if _is_context(each.arg, annotation):
            given.keywords[each.arg] = Ctx(tool.registry)
            continue
        flag = annotation in ("bool", "Optional[bool]", "bool | None") or annotation.startswith("Annotated[bool")
        injected = _injected(walk, defaults.get(each.arg), frame)
        if injected is not None:
            given.keywords[each.arg] = injected
            continue
        given.keywords[each.arg] = _argument(walk, each, frame, flag=flag)
        default = _default(walk, defaults.get(each.arg), each.annotation, frame)
        if each.arg.isidentifier():
            arguments.append(Argument(each.arg, default, "flag" if flag else "text"))
    return tuple(arguments), given


def _bound(walk: Interpreter, function: Func, written: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    del walk
    return function.bound is not None and bool(written.args.args or written.args.posonlyargs)


def _is_context(name: str, annotation: str) -> bool:
    return "Context" in annotation.partition("[")[0] or (
        name in ("ctx", "context") and (not annotation or "Context" in annotation)
    )


def _argument(walk: Interpreter, node: ast.arg, frame: Frame, *, flag: bool) -> Value:
    """An argument; one that is a model of the source has fields, which are arguments too."""
    if isinstance(node.annotation, (ast.Name, ast.Attribute, ast.Constant)):
        value = walk.evaluate(node.annotation, frame) if not isinstance(node.annotation, ast.Constant) else UNKNOWN
        if isinstance(value, Class) and walk.classes[value.id].fields:
            obj = Obj(str(value.id), ("argument", node.arg))
            walk.heap.setdefault(obj, {})
            for info in walk.ancestors(value.id):
                flags = {
                    each.target.id
                    for each in info.node.body
                    if isinstance(each, ast.AnnAssign)
                    and isinstance(each.target, ast.Name)
                    and ast.unparse(each.annotation) == "bool"
                }
                for name in info.fields:
                    walk.set(obj, name, Arg(f"{node.arg}.{name}", name in flags))
            return obj
    return Arg(node.arg, flag)


def _default(walk: Interpreter, node: ast.expr | None, annotation: ast.expr | None, frame: Frame) -> str | None:
    """An argument's default as a text; None where it must be given, or is not told."""
    value: Value | None = None
    if node is not None:
        raw = walk.evaluate(node, frame)
        value = walk.library.default(raw, frame, node)
        if value == raw and isinstance(raw, Obj) and not raw.kind.isdigit() and raw.kind not in ("dict", "list"):
            return None
    elif isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        for each in annotation.slice.elts[1:]:
            raw = walk.evaluate(each, frame)
            found = walk.library.default(raw, frame, each)
            value = found if found != raw else value
    if value is None or value == const(...):
        return None
    if isinstance(value, Env):
        return f"{{{parameter_name(value)}}}"
    if isinstance(value, Const):
        if value.value is None:
            return ""
        if isinstance(value.value, bool):
            return "true" if value.value else "false"
        shown = str(value.value) if isinstance(value.value, (str, int, float)) else ""
        return shown if shown.isprintable() and not set(shown) & set("{}") and len(shown) < 200 else ""  # noqa: PLR2004
    return None if value == UNKNOWN and node is not None and "..." in ast.unparse(node) else ""


def _injected(walk: Interpreter, node: ast.expr | None, frame: Frame) -> Value | None:
    """What a framework gives an argument in the place of the caller: `Depends(…)`."""
    value = walk.evaluate(node, frame) if isinstance(node, ast.Call) else None
    if isinstance(value, Obj) and value.kind.rpartition(".")[2] in ("Depends", "CurrentContext", "CurrentFastMCP"):
        return walk.library.default(value, frame, node or ast.Pass())
    return None


def _of_schema(walk: Interpreter, tool: Registered) -> tuple[tuple[Argument, ...], Given]:
    """The arguments that a low-level server's schema declares, and what its handler is called with."""
    arguments: list[Argument] = []
    for schema in options(tool.schema) if tool.schema is not None else ():
        if not isinstance(schema, Obj):
            continue
        properties = walk.get(schema, "properties")
        required = walk.get(schema, "required")
        needed = {
            text(value)
            for value in (
                walk.heap.get(required, {}).values()
                if isinstance(required, Obj)
                else required.items
                if isinstance(required, Seq)
                else ()
            )
        }
        for name, described in walk.heap.get(properties, {}).items() if isinstance(properties, Obj) else ():
            if not name.isidentifier() or not name.isascii() or any(each.name == name for each in arguments):
                continue
            default = walk.get(described, "default") if isinstance(described, Obj) else None
            kind = text(walk.get(described, "type") or UNKNOWN) if isinstance(described, Obj) else None
            shown = _shown(default)
            arguments.append(Argument(name, None if name in needed else shown, "flag" if kind == "boolean" else "text"))
    places = max((_places(walk, option) for option in options(tool.function)), default=2)
    function = next((option for option in options(tool.function) if isinstance(option, Func)), None)
    names = []
    if function is not None:
        node = walk.functions[function.id].node
        names = [each.arg for each in [*node.args.posonlyargs, *node.args.args]][
            1 if function.bound is not None else 0 :
        ]
    if len(names) >= 2 and names[1] in ("params", "request", "req"):  # noqa: PLR2004 - the form of SDK 2: context, parameters
        made = Obj("mcp.CallToolRequestParams", (tool.name,))
        walk.heap[made] = {"name": Const(tool.name, TOOL), "arguments": Args()}
        return tuple(arguments), Given([Ctx(tool.registry), made])
    asked: list[Value] = [Const(tool.name, TOOL), Args()]
    return tuple(arguments), Given(asked[:places])


def _shown(value: Value | None) -> str:
    if isinstance(value, Const):
        if isinstance(value.value, bool):
            return "true" if value.value else "false"
        if isinstance(value.value, (str, int, float)):
            shown = str(value.value)
            return shown if shown.isprintable() and not set(shown) & set("{}") else ""
    return ""
