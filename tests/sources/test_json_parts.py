from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iamsim import jsontext
from iamsim.errors import InputError
from iamsim.jsontext import Number
from iamsim.sources import _json_parts
from iamsim.sources._json_parts import Part, Parts

MOST = 1_000_000

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ue000\ue001\ue002"), max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars | st.lists(texts, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
layouts = st.sampled_from([{}, {"indent": 2}, {"indent": "\t", "ensure_ascii": False}, {"separators": (",", ":")}])


def walked(part: Part, deep: int) -> tuple[Any, dict[str, tuple[int | None, int | None]]]:
    """The value and its places, its containers opened down to `deep` and read as a whole below."""
    places: dict[str, tuple[int | None, int | None]] = {}
    if deep and part.opener in ("{", "["):
        origin = part.origin()
        places[origin.pointer] = (origin.line, origin.column)
        found: dict[str, Any] = {}
        for name, member in part.members():
            found[name], below = walked(member, deep - 1)
            places |= below
        return (found if part.opener == "{" else list(found.values())), places
    written = part.read()
    for pointer in pointers(written.value):
        origin = written.origin(pointer)
        places[origin.pointer] = (origin.line, origin.column)
    return written.value, places


def pointers(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [at, *(pointer for name, member in value.items() for pointer in pointers(member, (*at, name)))]
    # The places in a list of texts are those of the list.
    if isinstance(value, list) and not all(isinstance(item, str) and not isinstance(item, Number) for item in value):
        return [at, *(pointer for i, member in enumerate(value) for pointer in pointers(member, (*at, i)))]
    return [at]


def parts(text: str) -> Parts:
    return Parts(text, "f.json", MOST)


def in_parts(text: str, deep: int) -> list[Any] | None:
    """The values; None where they are refused."""
    try:
        return [walked(part, deep)[0] for part in parts(text).values()]
    except InputError:
        return None


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        list(parts(text).values())
    return str(caught.value)


@given(values, layouts, st.integers(0, 3))
def test_a_text_read_in_parts_is_what_it_is_as_a_whole(value, layout, deep):
    text = json.dumps(value, **layout)
    whole = jsontext.read(text, "f.json")
    (found,) = [walked(part, deep) for part in parts(text).values()]

    assert found[0] == whole.value
    for pointer in pointers(whole.value):
        origin = whole.origin(pointer)
        if origin.pointer in found[1]:
            assert found[1][origin.pointer] == (origin.line, origin.column)


@given(
    values.map(json.dumps),
    st.integers(0, 80),
    st.text('{}[]",:\\ \n1eE-+.tfnNaIu8\x00', max_size=3)
    | st.sampled_from(["NaN", "\\ud800", "\\ue000", '"a": 1, "a": 1,']),
    st.integers(0, 2),
)
@example("[]", 0, "", 1)
def test_what_is_refused_as_a_whole_is_refused_in_parts(text, at, more, deep):
    text = text[:at] + more + text[at:]
    found = in_parts(text, deep)
    try:
        whole = jsontext.load(text, "f.json")
    except InputError:
        # Several values are a text that is read in parts, and no document.
        assert found is None or len(found) > 1
    else:
        assert found == [whole]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.json:1:1: is not JSON: it is empty; save the file again, whole"),
        ('{"a": 1', "f.json:1:8: is not JSON: it ends too early; save the file again, whole"),
        ('{"a": \n}', "f.json:2:1: is not JSON: a value is missing; save the file again, whole"),
        ('{"a" 1}', "f.json:1:5: is not JSON: a colon is missing behind a key; save the file again, whole"),
        ("{1: 2}", "f.json:1:2: is not JSON: a key in quotes is missing; save the file again, whole"),
        ("[1 2]", "f.json:1:4: is not JSON: a comma is missing; save the file again, whole"),
        ("[1, NaN]", "f.json:1:5: is not JSON: a number that JSON does not have; save the file again, whole"),
        ('["a\nb"]', "f.json:1:4: is not JSON: invalid control character at; save the file again, whole"),
        ('{"a": 1,\n "a": 2}', "f.json:2:2: the key `a` appears twice in one object; the last one would silently win"),
        ("[" * 101, "f.json:1:101: is nested too deeply; AWS prints nothing like it"),
        ('["\\ud800"]', "f.json:1:3: half of a character (a surrogate without its pair) is not readable; AWS takes no such character"),
        ("\ufeff{}", "f.json:1:1: is not JSON: starts with a byte order mark; save it without one"),
        (" " * (MOST + 1), "f.json:1:1000001: 1,000,001 characters are too many; at most 1,000,000 are read"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_with_its_place(text, said):
    assert refused(text) == said


def test_members_that_nobody_reads_are_read_over_strictly():
    def names(text: str) -> list[str]:
        return [name for part in parts(text).values() for name, _ in part.members()]

    assert names('{"a": [1, {"b": 2}], "c": ""}') == ["a", "c"]
    with pytest.raises(InputError, match="`b` appears twice"):
        names('{"a": [1, {"b": 2, "b": 3}], "c": ""}')
    with pytest.raises(InputError, match="`a` appears twice"):
        names('{"a": 1, "a": 2}')


def test_lines_are_those_of_the_file_also_behind_a_long_line():
    text = "[" + "1," * 5000 + "\n1,\n\n{}]"
    (part,) = parts(text).values()
    places = [member.origin() for _, member in part.members()]

    assert (places[4999].line, places[4999].column) == (1, 10_000)
    assert (places[5000].line, places[5000].column) == (2, 1)
    assert (places[5001].line, places[5001].column) == (4, 1)


@pytest.mark.parametrize("text", ["[" + "1," * 101, "[" + "[]," * 51, json.dumps({str(i): i for i in range(101)})])
def test_a_part_with_more_members_than_anything_has_is_refused(monkeypatch, text):
    monkeypatch.setattr(_json_parts, "MAX_MEMBERS", 100)

    assert "is longer than anything that AWS stores for one; at most 32,000,000 characters and 100 members" in refused(
        text
    )
