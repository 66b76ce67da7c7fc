"""Every tool of a server: those that are registered, and those that a low-level server lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from iamsim.tools.infer.budget import Spent
from iamsim.tools.infer.choices import options, text
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Registered
from iamsim.tools.infer.sdk_values import Registry
from iamsim.tools.infer.signatures import arity
from iamsim.tools.infer.values import NONE, UNKNOWN, Func, Obj, Value


def listed_tools(walk: Interpreter) -> list[Registered]:
    """Every tool: the registered ones, with the prefix of where they are mounted, and those of low-level servers."""
    found = {}
    for each in list(walk.registered.values()):
        prefixes = [prefix for (inner, _), prefix in walk.mounted.items() if inner == each.registry]
        for prefix in prefixes or [""]:
            name = f"{prefix}_{each.name}" if prefix else each.name
            found[name] = replace(each, name=name)
    for registry, kept in list(walk.registries.items()):
        if "on_list_tools" in kept and "on_call_tool" in kept:
            for each in _low(walk, registry, kept):
                found.setdefault(each.name, each)
    return list(found.values())


def _low(walk: Interpreter, registry: Registry, kept: dict[str, Value]) -> Iterator[Registered]:
    """The tools that a low-level server lists, each with the one function that all its calls go to."""
    inner = Frame(walk.context("list", registry), walk.tree.sources[0].name)
    walk.budget.afresh()
    node = walk.tree.sources[0].tree
    try:
        listed = [
            walk.call(option, Given([UNKNOWN for _ in range(min(2, arity(walk, option)))]), inner, node)
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
    """What a handler that lists tools answers, one by one: a list, or a result with one."""
    found: list[Value] = []
    for option in options(value):
        if isinstance(option, Obj) and not option.kind.isdigit() and option.kind not in ("list", "dict"):
            tools = walk.get(option, "tools")
            found += items(walk, tools, frame, node) if tools is not None else []
        else:
            found += items(walk, option, frame, node)
    return [each for item in found for each in options(item)]


def _first(walk: Interpreter, value: Value) -> str:
    for option in options(value):
        if isinstance(option, Func):
            info = walk.functions[option.id]
            return f"{walk.source(info.module).file}:{info.node.lineno}"
    return ""
