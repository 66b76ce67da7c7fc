"""The calls that a server's own tests make of a tool, as its manifest has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsim.errors import InputError
from iamsim.model.tool import Tried
from iamsim.tools.tables import Table

LIMIT = 1000
"""A tool with more tests than this is refused."""

_DEEPEST = 16


def tried(table: Table, tool: str) -> Iterator[Tried]:
    """The tests under `tests`; one without a name has the tool's. Raises `InputError` for what is no JSON value."""
    listed = table.values.get("tests", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise table.error("`tests` is not a list of tables", "tests", "write tests = [{ arguments = {} }]")
    if len(listed) > LIMIT:
        raise table.error(f"more than {LIMIT} tests", "tests")
    for values in listed:
        one = Table(values, table.document, f"a test of tool `{tool}`", table.header, table.nth, table.path)
        one.only("name", "arguments", "looks_at")
        arguments = _plain(one, one.table("arguments").values, _DEEPEST) if "arguments" in values else None
        yield Tried(one.text("name") or tool, arguments, one.texts("looks_at"))


# ---------------------------------------------------------------- helpers


def _plain(table: Table, value: Any, depth: int) -> Any:  # noqa: ANN401 - an argument is any JSON value
    """A value as MCP sends it; TOML's dates and times are none."""
    match value:
        case dict() if depth:
            return {_plain(table, name, depth): _plain(table, one, depth - 1) for name, one in value.items()}
        case list() if depth:
            return [_plain(table, one, depth - 1) for one in value]
        case str() if not value.isprintable():
            raise _wrong(table, "holds a line break, a control or a private-use character")
        case float() if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
            raise _wrong(table, "is a number that JSON does not have")
        case str() | bool() | int() | float():
            return value
    raise _wrong(table, "is no JSON value, or is nested too deep")


def _wrong(table: Table, what: str) -> InputError:
    return table.error(f"an argument {what}", "tests", "write texts, numbers, true or false, lists and tables of them")
