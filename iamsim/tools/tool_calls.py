"""The calls of tools that a user writes down: which tool, with which arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from iamsim.errors import InputError
from iamsim.tools.servers import NAME
from iamsim.tools.session import Announced
from iamsim.tools.tables import near, toml

MOST = 1_000
"""A file with more calls than this is refused."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """
    One call to be made: the `arguments` as MCP sends them, any JSON.

    `settings` are parameters besides, by name, that the tool's needs may depend on (a setting of the
    server, a fact of the account), each with the value that it has while this is recorded.
    """

    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def from_file(text: str, *, document: str) -> tuple[ToolCall, ...]:
    """
    The calls in a TOML text, in its order.

    Each is a `[[call]]` with `tool` and, where it has any, `arguments` and `set`. Raises `InputError`,
    with the line, for anything else.
    """
    file = toml(text, document=document)
    file.only("call")
    tables = file.tables("call", "[[call]]", "call")
    if not tables:
        raise InputError("the file holds no call", hint='write [[call]] with tool = "NAME"', origin=file.origin())
    if len(tables) > MOST:
        raise InputError(f"the file holds more than {MOST:,} calls", origin=file.origin())
    found = []
    for table in tables:
        table.only("tool", "arguments", "set")
        settings = table.table("set")
        for name in settings.values:
            if not NAME.fullmatch(name):
                raise table.error(f"`{name[:60]}` cannot be the name of a parameter", "set")
        arguments = {name: _json(value) for name, value in table.table("arguments").values.items()}
        found.append(ToolCall(table.needed("tool"), arguments, {name: settings.text(name) for name in settings.values}))
    return tuple(found)


def from_text(text: str) -> ToolCall:
    """The call that `TOOL` or `TOOL {"argument": value, …}` states; raises `InputError` for anything else."""
    name, _, rest = re.sub(r"\s+", " ", text.strip(), count=1).partition(" ")
    hint = """write --call 'TOOL {"argument": "value"}'"""
    if not name:
        raise InputError("a call names no tool", hint=hint)
    try:
        arguments = json.loads(rest, parse_constant=_no_number) if rest.strip() else {}
    except (ValueError, RecursionError) as error:
        reason = error.msg.lower() if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise InputError(f"the arguments of the call of `{name[:60]}` are not JSON: {reason}", hint=hint) from None
    if not isinstance(arguments, dict):
        raise InputError(f"the arguments of the call of `{name[:60]}` are no JSON object", hint=hint)
    return ToolCall(name, arguments)


def check(calls: Iterable[ToolCall], tools: Iterable[Announced]) -> None:
    """
    Raises `InputError` for a call that names a tool or an argument that the server does not announce.

    A tool that announces no arguments may take any.
    """
    known = {tool.name: [argument.name for argument in tool.arguments] for tool in tools}
    for call in calls:
        if call.tool not in known:
            raise InputError(f"the server announces no tool `{call.tool[:60]}`", hint=near(call.tool, known))
        for name in call.arguments:
            if known[call.tool] and name not in known[call.tool]:
                raise InputError(f"`{call.tool[:60]}` has no argument `{name[:60]}`", hint=near(name, known[call.tool]))


def _no_number(word: str) -> object:
    raise ValueError(word)


def _json(value: object) -> object:
    """A TOML value as JSON has it: moments are texts."""
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value
