"""Edits of JSON text change what they mean to, and leave everything else as it is written."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.edits import edited, parsed
from iamsim.errors import InputError
from iamsim.jsontext import written
from iamsim.model.finding import TextEdit

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["a", "b"], "Resource": "*"},
    {
      "Effect":   "Deny",
      "Action": []
    }
  ]
}
"""


def after(pointer: str, value: str | None) -> str:
    return edited(TEXT, [TextEdit(pointer, value)], "p.json")


@pytest.mark.parametrize(
    ("pointer", "value", "old", "new"),
    [
        ("/Statement/1/Effect", '"Allow"', '"Effect":   "Deny"', '"Effect":   "Allow"'),
        ("/Version", None, '  "Version": "2012-10-17",\n', ""),
        ("/Statement/0/Action/0", None, '["a", "b"]', '["b"]'),
        ("/Statement/0/Action/1", None, '["a", "b"]', '["a"]'),
        ("/Statement/0/Resource", None, ', "Resource": "*"', ""),
        ("/Statement/1/Action/-", '"x"', "[]", '["x"]'),
        ("/Statement/0/Action/2", '"c"', '["a", "b"]', '["a", "b", "c"]'),
        ("/Statement/0/Sid", '"One"', '"Resource": "*"}', '"Resource": "*", "Sid": "One"}'),
        ("/Statement/1/Condition", '{\n  "Bool": {}\n}', '"Action": []', '"Action": [],\n      "Condition": {\n        "Bool": {}\n      }'),
    ],
)  # fmt: skip
def test_one_edit_changes_one_place(pointer, value, old, new):
    assert after(pointer, value) == TEXT.replace(old, new, 1)


@pytest.mark.parametrize(("ends", "stays"), [("\r\n", True), ("\n", False)])
def test_line_ends_stay_what_they_are(ends, stays):
    text = TEXT.replace("\n", ends)
    new = edited(text, [TextEdit("/Statement/1/Condition", '{\n  "Bool": {}\n}')], "p.json")
    assert new.count("\n") > text.count("\n")
    assert (new.count("\r\n") == new.count("\n")) is stays


@pytest.mark.parametrize("pointer", ["/Nothing/x", "/Statement/7", "/Statement/0/Action/9", "/Version/x", "", "/Id"])
def test_what_is_not_there_cannot_be_taken_away(pointer):
    with pytest.raises(InputError, match="there is nothing to edit at"):
        after(pointer, None)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab~/"\\ä', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=3), inner, max_size=3),
    max_leaves=12,
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        found += places(each, (*at, key))
    return found


@given(st.data())
def test_an_edit_does_to_the_text_what_it_says_of_the_value(data):
    value = data.draw(VALUES)
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 1, 4])), ensure_ascii=data.draw(st.booleans()))
    if not places(value):
        return
    pointer = data.draw(st.sampled_from(places(value)))
    new = data.draw(st.none() | VALUES.map(json.dumps))
    wanted = copy.deepcopy(value)
    holder = wanted
    for part in pointer[:-1]:
        holder = holder[part]
    if new is None:
        del holder[pointer[-1]]
    else:
        holder[pointer[-1]] = json.loads(new)
    assert json.loads(edited(text, [TextEdit(written(pointer), new)], "p.json")) == wanted
    assert tuple(map(str, pointer)) == parsed(written(pointer))
