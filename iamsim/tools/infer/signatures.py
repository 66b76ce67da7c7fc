"""The arguments of a tool, and what its function is called with."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from iamsim.tools.infer.choices import options, text
from iamsim.tools.infer.conditions import TOOL, parameter_name
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Registered
from iamsim.tools.infer.sdk_values import Ctx
from iamsim.tools.infer.syntax import defaults
from iamsim.tools.infer.values import (
    UNKNOWN,
    Arg,
    Args,
    Class,
    Const,
    Env,
    Func,
    Managed,
    Obj,
    Partial,
    Seq,
    Value,
    const,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool: `default` None means that it must be given, `kind` is text or flag."""

    name: str
    default: str | None
    kind: str = "text"


def arity(walk: Interpreter, value: Value) -> int:
    """How many arguments a function takes by place; none, for what is no function."""
    if not isinstance(value, Func):
        return 0
    node = walk.functions[value.id].node
    return max(0, len([*node.args.posonlyargs, *node.args.args]) - (value.bound is not None))


def signature(walk: Interpreter, tool: Registered) -> tuple[tuple[Argument, ...], Given]:
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
        called = walk.objects.member(
            function, "__call__", Frame(0, walk.tree.sources[0].name), walk.tree.sources[0].tree
        )
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
    skipped = fixed + (1 if _bound(function, written) else 0)
    declared = defaults(written.args)
    for each in [*places[skipped:], *written.args.kwonlyargs]:
        if each.arg in named:
            continue
        annotation = ast.unparse(each.annotation) if each.annotation is not None else ""
        if _is_context(each.arg, annotation):
            given.keywords[each.arg] = Ctx(tool.registry)
            continue
        flag = annotation in ("bool", "Optional[bool]", "bool | None") or annotation.startswith("Annotated[bool")
        injected = _injected(walk, declared.get(each.arg), frame)
        if injected is not None:
            given.keywords[each.arg] = injected
            continue
        given.keywords[each.arg] = _argument(walk, each, frame, flag=flag)
        default = _default(walk, declared.get(each.arg), each.annotation, frame)
        if each.arg.isidentifier():
            arguments.append(Argument(each.arg, default, "flag" if flag else "text"))
    return tuple(arguments), given


def _bound(function: Func, written: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether the first parameter is the object that a method is of."""
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
            for info in walk.objects.ancestors(value.id):
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
        value = walk.frameworks.default(raw, frame, node)
        if value == raw and isinstance(raw, Obj) and not raw.kind.isdigit() and raw.kind not in ("dict", "list"):
            return None
    elif isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        for each in annotation.slice.elts[1:]:
            raw = walk.evaluate(each, frame)
            found = walk.frameworks.default(raw, frame, each)
            value = found if found != raw else value
    if value is None or value == const(...):
        return None
    if isinstance(value, Env):
        return f"{{{parameter_name(value)}}}"
    if isinstance(value, Const):
        return _shown(value)
    return None if value == UNKNOWN and node is not None and "..." in ast.unparse(node) else ""


def _injected(walk: Interpreter, node: ast.expr | None, frame: Frame) -> Value | None:
    """What a framework gives an argument in the place of the caller: `Depends(…)`."""
    value = walk.evaluate(node, frame) if isinstance(node, ast.Call) else None
    if isinstance(value, Obj) and value.kind.rpartition(".")[2] in ("Depends", "CurrentContext", "CurrentFastMCP"):
        return walk.frameworks.default(value, frame, node or ast.Pass())
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
    places = max((arity(walk, option) for option in options(tool.function)), default=2)
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
    """A default that the source spells out, as a manifest has it; empty for None, and for one that it cannot hold."""
    if isinstance(value, Const):
        if isinstance(value.value, bool):
            return "true" if value.value else "false"
        if isinstance(value.value, (str, int, float)):
            shown = str(value.value)
            return shown if shown.isprintable() and not set(shown) & set("{}") and len(shown) < 200 else ""  # noqa: PLR2004
    return ""
