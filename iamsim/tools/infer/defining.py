"""Statements that give a name to code: imports, functions, classes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools.infer.binding import set_name
from iamsim.tools.infer.choices import text
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.expressions import evaluate
from iamsim.tools.infer.frames import Frame
from iamsim.tools.infer.values import UNKNOWN, Class, Module, Obj, Outside, Seq, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


def import_(walk: Interpreter, node: ast.Import, frame: Frame) -> bool:
    """`import a.b`: modules of the source are run, others are of a library."""
    for alias in node.names:
        first = alias.name.partition(".")[0]
        if alias.asname:
            set_name(walk, alias.asname, _module(walk, alias.name), frame)
        else:
            _module(walk, alias.name)
            set_name(walk, first, _module(walk, first), frame)
    return True


def import_from(walk: Interpreter, node: ast.ImportFrom, frame: Frame) -> bool:
    """`from a import b`."""
    base = node.module or ""
    if node.level:
        source = walk.source(frame.module)
        package = source.name.split(".") if source.package else source.name.split(".")[:-1]
        package = package[: len(package) - (node.level - 1)] if node.level > 1 else package
        base = ".".join([*package, *([base] if base else [])])
    owner = _module(walk, base) if base else UNKNOWN
    for alias in node.names:
        if alias.name == "*":
            module = walk.scopes.module(base)
            if module is not None and module.module != frame.module:
                listed = _exported(walk, module)
                frame.locals.update(listed)
            continue
        if not base and alias.name in walk.tree.modules:
            found = _module(walk, alias.name)
        else:
            found = walk.attribute(owner, alias.name, frame, node)
        set_name(walk, alias.asname or alias.name, found, frame)
    return True


def function(walk: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> bool:
    """`def`: under its decorators."""
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None and not isinstance(default, ast.Constant):
            evaluate(walk, default, frame)
    value: Value = walk.function(node, frame, frame.owner)
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            # The property keeps its name; what sets it is a member of its own.
            frame.locals[f"{node.name}{'=' if decorator.attr == 'setter' else '-'}"] = value
    for decorator in reversed(node.decorator_list):
        value = walk.frameworks.decorated(evaluate(walk, decorator, frame), value, frame, decorator)
    set_name(walk, node.name, value, frame)
    return True


def class_(walk: Interpreter, node: ast.ClassDef, frame: Frame) -> bool:
    """`class`: its body is run once, and its fields, bases and setters are kept."""
    info = walk.class_(node, frame)
    info.bases = tuple(evaluate(walk, base, frame) for base in node.bases if not isinstance(base, ast.Starred))
    body = Frame(walk.context("class", info.id, frame.id), frame.module, None, frame, owner=info.id)
    walk.run(node.body, body)
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
    walk.objects.subclassed(info, frame, node)
    info.setters = {name: tuple(dict.fromkeys(methods)) for name, methods in setters.items()}
    value: Value = Class(info.id)
    for decorator in reversed(node.decorator_list):
        value = walk.frameworks.decorated(evaluate(walk, decorator, frame), value, frame, decorator)
    set_name(walk, node.name, value, frame)
    return True


def _module(walk: Interpreter, name: str) -> Value:
    source = walk.tree.modules.get(name)
    if source is None:
        return Outside(name)
    walk.scopes.module(name)
    return Module(source.name)


def _exported(walk: Interpreter, module: Frame) -> dict[str, Value]:
    """What `from module import *` gives."""
    listed = module.locals.get("__all__")
    if isinstance(listed, (Obj, Seq)):
        every = items(walk, listed, module, ast.Pass())
        chosen = [found for each in every if (found := text(each)) is not None]
        return {name: walk.scopes.of_module(module.module, name) for name in chosen}
    return {name: value for name, value in module.locals.items() if not name.startswith("_")}
