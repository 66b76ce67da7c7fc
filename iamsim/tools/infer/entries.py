"""Where a server starts: the modules that are run, their main functions, and what registers tools though nothing came by."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from iamsim.tools.infer.budget import Spent
from iamsim.tools.infer.choices import options
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.tree import Source, Tree
from iamsim.tools.infer.values import UNKNOWN, Class, Func, Managed, Partial

_MAINS = ("main", "serve", "create_server", "create_app", "run_server", "run", "amain")


def entries(tree: Tree) -> Iterator[list[Source]]:
    """
    The modules that a server starts from, one group after the other until tools are found.

    Those of its commands; `__main__.py`; those that are run as scripts; those that speak of MCP; all there are.
    """
    scripts = [tree.modules.get(script.partition(":")[0]) for script in tree.scripts]
    yield [source for source in scripts if source is not None]
    yield [source for source in tree.sources if source.file.endswith("__main__.py")]
    speaking = [source for source in tree.sources if _speaks(source)]
    yield [source for source in speaking if is_script(source)]
    yield [source for source in tree.sources if is_script(source)]
    yield speaking
    yield tree.sources


def is_script(source: Source) -> bool:
    """Whether a module does something where it is run: `if __name__ == "__main__":`."""
    return any(
        isinstance(node, ast.If)
        and any(isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(node.test))
        for node in source.tree.body
    )


def registers(source: Source) -> bool:
    """Whether a module has a decorator or a call that is named `tool` or `add_tool`."""
    return any(isinstance(node, ast.Attribute) and node.attr in ("tool", "add_tool") for node in ast.walk(source.tree))


def run_mains(walk: Interpreter, source: Source, start: Frame) -> None:
    """Runs what a module's commands run: the functions that the metadata name, else its own `main` and the like."""
    module = walk.scopes.module(source.name)
    if module is None:
        return
    named = [
        script.partition(":")[2].partition(".")[0]
        for script in walk.tree.scripts
        if script.partition(":")[0] in source.names
    ]
    for name in dict.fromkeys((*named, *_MAINS)):
        value = module.locals.get(name)
        if value is None or (name not in named and (named and has_tools(walk))):
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


def has_tools(walk: Interpreter) -> bool:
    """Whether a tool was registered so far, or a handler that lists some."""
    return bool(walk.registered) or any("on_list_tools" in kept for kept in walk.registries.values())


def run_unreached(walk: Interpreter, start: Frame) -> None:
    """Runs the functions and makes the classes that register tools and that nothing came by so far."""
    for source in walk.tree.sources:
        if source.name not in walk.modules:
            continue
        for owner, node in _registering(source.tree):
            if _reached(walk, source, node):
                continue
            if not _mentioned(walk.tree, owner.name if owner is not None else node.name):
                left = f"`{node.name}` registers tools, and nothing calls it; they are left out"
                walk.unnamed[f"{source.file}:{node.lineno}"] = left
                continue
            walk.budget.afresh()
            module = walk.scopes.module(source.name)
            if module is None:
                continue
            inner = Frame(start.id, source.name)
            value = module.locals.get(owner.name if owner is not None else node.name)
            try:
                for option in options(value) if value is not None else ():
                    if isinstance(option, Class):
                        init = walk.call(option, Given(star=UNKNOWN, open=True), inner, node)
                        if not _reached(walk, source, node):
                            method = walk.attribute(init, node.name, inner, node)
                            for each in options(method):
                                if isinstance(each, Func):
                                    walk.blind(each, inner)
                    elif isinstance(option, Func):
                        walk.blind(option, inner)
            except (Spent, RecursionError):
                walk.unnamed[source.file] = f"`{node.name}` is too large to be followed to its end"
            start.made.update(inner.made)


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


def _reached(walk: Interpreter, source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a tool was registered within a function."""
    sites = (each.site.rpartition(":") for each in walk.registered.values())
    last = node.end_lineno or node.lineno
    return any(file == source.file and node.lineno <= int(line) <= last for file, _, line in sites)
