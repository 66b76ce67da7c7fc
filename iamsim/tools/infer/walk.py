"""From a source tree to its tools, each with the calls it makes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from iamsim.tools.infer.budget import Spent
from iamsim.tools.infer.entries import entries, has_tools, is_script, registers, run_mains, run_unreached
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.listings import listed_tools
from iamsim.tools.infer.made import Made, Registered
from iamsim.tools.infer.signatures import Argument, signature
from iamsim.tools.infer.tree import Source, Tree

ROUNDS = 3
"""The walk over the tools is repeated until the heap no longer grows, but no more often than this."""

_STACK = 512 << 20
_FRAMES = 60_000


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
    for group in entries(tree):
        for source in group:
            progress(f"reading {source.file}")
            walk.budget.afresh()
            if source.file.endswith("__main__.py") or is_script(source):
                walk.scripts.add(source.name)
            walk.scopes.module(source.name)
            run_mains(walk, source, start)
        run_unreached(walk, start)
        if has_tools(walk):
            break
    _note_modules(walk)
    for number in range(ROUNDS):
        walk.forget()
        before = set(walk.registered)
        outcome.tools = [_tool(walk, each, progress) for each in listed_tools(walk)]
        if not walk.changed and set(walk.registered) == before and number:
            break
    made = dict.fromkeys(made for frame in walk.modules.values() for made in frame.made)
    outcome.start = tuple(dict.fromkeys((*made, *start.made)))
    outcome.tools.sort(key=lambda each: each.tool.name)
    return outcome


def _tool(walk: Interpreter, tool: Registered, progress: Callable[[str], None]) -> Walked:
    """Follows one tool, once more where a low-level server's handler was not seen to do anything for its name."""
    progress(f"following {tool.name}")
    walk.budget.afresh()
    site = tool.site.rpartition(":")
    source = next((each for each in walk.tree.sources if each.file == site[0]), walk.tree.sources[0])
    frame = Frame(walk.context("tool", tool.name), source.name)
    arguments, given = signature(walk, tool)
    walk.strict = tool.schema is not None
    spent = _followed(walk, tool, given, frame, source)
    if walk.strict and not frame.made:
        # Which of its functions a handler calls is not told by the names that the source lists: any of them, then.
        walk.strict = False
        walk.budget.afresh()
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


def _note_modules(walk: Interpreter) -> None:
    """Notes modules that stand for a library, and those with tools that nothing imports."""
    for source in walk.tree.sources:
        shadowed = {"boto3", "botocore", "mcp", "fastmcp"} & {*source.names}
        if shadowed:
            name = shadowed.pop()
            walk.unnamed[source.file] = (
                f"the source has a module of its own that is called `{name}`, which stands for the library"
            )
        if source.name not in walk.modules and registers(source):
            walk.unnamed[source.file] = (
                "it registers tools, and nothing that the server starts with imports it; its tools are left out"
            )
