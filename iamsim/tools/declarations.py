"""What a server declares of its tools' needs in the `_meta` of each, read as a manifest is."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iamsim import redact
from iamsim.catalog import actions
from iamsim.errors import InputError
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Requirement
from iamsim.tools import expressions, implied, needs, servers, templates
from iamsim.tools.tables import Document, Table

if TYPE_CHECKING:
    from iamsim.tools.session import Announced, Argument

KEY = "io.github.iamsim/needs"
"""
The key in a tool's `_meta`.

Source: Model Context Protocol, 2025-11-25, "General fields": a prefix of labels in reverse DNS notation, a slash, a
name; only prefixes whose second label is `modelcontextprotocol` or `mcp` are reserved.
"""

MAX_NEEDS = 200
"""A tool that declares more needs than this is not read."""

_DEPTH, _ITEMS, _TEXT = 8, 20_000, 2_000
_KEYS = ("needs", "assumes", "parameters")
_GIVEN = {
    "region": Parameter("region", "The region of the call"),
    "account": Parameter("account", "The account the resources are in"),
}
"""What the check itself sets, and no server has to declare."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """
    What one tool declares.

    `needs` is None for a declaration that cannot be read. `assumes` is None where it is not said. `parameters` are
    those that the needs name beside the tool's arguments. `problems` are sentences, for a person.
    """

    tool: str
    needs: tuple[Requirement, ...] | None
    assumes: bool | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def declaration(tool: Announced, server: Server) -> Declaration | None:
    """
    What `tool` declares, with the parameters of `server` known to it; None where it declares nothing.

    Whatever a server may put there, the answer is a declaration; at worst one that says why it is not read.
    """
    if KEY not in tool.meta:
        return None
    try:
        return _read(tool, tool.meta[KEY], server)
    except InputError as error:
        hint = f"; {error.hint}" if error.hint else ""
        return Declaration(tool.name, None, problems=(redact.line(f"{error.message}{hint}")[:_TEXT],))


def parameters(tool: Announced) -> tuple[Parameter, ...]:
    """The arguments of a tool as a manifest has them; without those of which it can have no parameter."""
    return tuple(_parameter(one) for one in tool.arguments if servers.NAME.fullmatch(one.name))


def left_out(tool: Announced) -> tuple[str, ...]:
    """What of the tool's arguments a manifest cannot say, as sentences."""
    found = []
    for one in tool.arguments:
        name = redact.line(one.name)
        if not servers.NAME.fullmatch(one.name):
            found.append(f"the argument `{name}` is left out: a parameter has no such name")
        elif one.default is not None and not plain(one.default):
            found.append(f"the default of the argument `{name}` is left out: a manifest cannot hold it")
    return tuple(found)


def plain(default: str) -> bool:
    """Whether a default can stand in a manifest as it is: no brace, which begins a placeholder, and nothing secret."""
    return default.isprintable() and not {"{", "}"} & set(default) and redact.text(default) == default


# ---------------------------------------------------------------- helpers


def _read(tool: Announced, value: object, server: Server) -> Declaration:
    _bounded(value)
    if not isinstance(value, list | dict):
        raise InputError("the declaration is neither a list of needs nor a table", hint="write a list of tables")
    said: Mapping[str, object] = {"needs": value} if isinstance(value, list) else value
    document = Document(KEY, "")
    Table(said, document, "the declaration").only(*_KEYS)
    if "needs" not in said:
        raise InputError("the declaration has no `needs`", hint="write an empty list where the tool needs nothing")
    listed = said["needs"]
    if isinstance(listed, list) and len(listed) > MAX_NEEDS:
        raise InputError(f"more than {MAX_NEEDS} needs are declared")
    arguments = [
        {"name": one.name, "kind": one.kind, **({} if one.default is None else {"default": one.default})}
        for one in parameters(tool)
    ]
    written = {"name": redact.line(tool.name), "arguments": arguments, "needs": listed}
    if "assumes" in said:
        written["assumes"] = said["assumes"]
    whole = {"server": {"name": KEY, "version": "1"}, "parameters": said.get("parameters", {}), "tool": [written]}
    file = Table(whole, document, "the declaration")
    known = {**_GIVEN, **server.parameters, **servers.server(file).parameters}
    described = implied.declared(replace(server, parameters=known), file)
    read = needs.tool(Table(written, document, "", "[[tool]]"), described, {}, {"needs": 0, "unresolved": 0})
    named = dict.fromkeys(name for need in read.requirements for name in _named(need))
    beside = {name: described.parameters[name] for name in named if name not in read.parameters}
    problems = dict.fromkeys(text for need in read.requirements if (text := unlisted(need.action)))
    return Declaration(
        tool.name, read.requirements, read.assumes if "assumes" in said else None, beside, tuple(problems)
    )


def unlisted(action: str) -> str:
    """That AWS lists no such action, with the name that comes nearest; empty for one that it lists."""
    if actions.exists(action):
        return ""
    service = action.partition(":")[0]
    known = [f"{service}:{name}" for name in actions.names(service)] or sorted(actions.services())
    close = difflib.get_close_matches(action[:100] if actions.names(service) else service[:100], known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return f"AWS lists no action `{redact.line(action)[:100]}`{hint}"


def _named(need: Requirement) -> Iterator[str]:
    """The parameters that a need names."""
    texts = (*need.resources, *(text for values in need.context.values() for text in values))
    found = [name for text in texts for name in templates.names(text)]
    if need.when:
        found += expressions.expression(need.when).names
    yield from (name.partition(".")[0] for name in found if name not in ("true", "false"))


def _bounded(value: object) -> None:
    """Raises `InputError` for JSON that is too deep or too large, without following it further."""
    stack = [(value, 1)]
    count = 0
    while stack:
        one, depth = stack.pop()
        count += 1
        inside = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else ()
        texts = (*one, one) if isinstance(one, dict) else (one,)
        for text in (text for text in texts if isinstance(text, str)):
            if len(text) > _TEXT:
                raise InputError(f"the declaration holds a text of more than {_TEXT:,} characters")
            if redact.text(text) != text:
                raise InputError("the declaration holds what looks like a secret")
        if depth > _DEPTH or count + len(inside) + len(stack) > _ITEMS:
            raise InputError(f"the declaration is deeper than {_DEPTH} levels, or has more than {_ITEMS:,} values")
        stack += [(item, depth + 1) for item in inside]


def _parameter(one: Argument) -> Parameter:
    stated = one.default if one.default is not None and plain(one.default) else ""
    default = None if one.required else stated
    # Nothing beside true and false is a flag's: a null is neither, and counts as not given.
    flag = one.kind == "boolean" and default in (None, "", "true", "false")
    return Parameter(one.name, default=default, kind="flag" if flag else "text")
