"""Calls as they are written down, in a file and on the command line."""

from __future__ import annotations

import pytest

from iamsim.errors import InputError
from iamsim.tools import tool_calls
from iamsim.tools.session import Announced, Argument
from iamsim.tools.tool_calls import ToolCall, check, from_file, from_text

FILE = """
[[call]]
tool = "first"

[[call]]
tool = "second"
arguments = { text = "a", number = 1.5, flag = true, list = ["a", { b = 1 }], moment = 2026-01-31T12:00:00Z, day = 2026-01-31 }
set = { work_group = "primary" }
"""


def test_a_file_gives_its_calls_in_order_with_arguments_that_json_has():
    arguments = {
        "text": "a",
        "number": 1.5,
        "flag": True,
        "list": ["a", {"b": 1}],
        "moment": "2026-01-31T12:00:00+00:00",
        "day": "2026-01-31",
    }
    assert from_file(FILE, document="calls.toml") == (
        ToolCall("first"),
        ToolCall("second", arguments, {"work_group": "primary"}),
    )


def test_a_file_with_too_many_calls_is_refused(monkeypatch):
    monkeypatch.setattr(tool_calls, "MOST", 1)
    with pytest.raises(InputError, match="more than 1 calls"):
        from_file(FILE, document="calls.toml")


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("tool", ToolCall("tool")),
        (" tool  {} ", ToolCall("tool")),
        ('tool {"a": [1, null]}', ToolCall("tool", {"a": [1, None]})),
        ('tool\n{"a": "b\\nc"}', ToolCall("tool", {"a": "b\nc"})),
    ],
)
def test_a_text_is_a_tool_with_its_arguments(text, call):
    assert from_text(text) == call


def test_arguments_that_are_nested_too_deep_are_refused():
    with pytest.raises(InputError, match="are not JSON"):
        from_text('tool {"a": ' + "[" * 100_000)


def test_a_tool_that_announces_no_arguments_may_take_any():
    check([ToolCall("t", {"anything": 1})], [Announced("t", "", (), {})])


def test_an_argument_that_is_not_announced_is_refused_with_the_nearest():
    tool = Announced("t", "", (Argument("bucket", True, None, "string"),), {})
    with pytest.raises(InputError) as error:
        check([ToolCall("t", {"buket": 1})], [tool])
    assert str(error.value) == "`t` has no argument `buket`; did you mean `bucket`?"
