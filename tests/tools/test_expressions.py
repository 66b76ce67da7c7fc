from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.errors import InputError
from iamsim.model.principal import HOLE
from iamsim.tools.expressions import expression

VALUES = {
    "t": ("true",),
    "f": ("false",),
    "mode": ("all",),
    "many": ("read", "list"),
    "empty": ("",),
    "part": ("a" + HOLE,),
    "o.key": ("k",),
}
THREE = {"t": True, "f": False, "u": None}


def holds(text: str) -> bool | None:
    return expression(text).holds(VALUES.get)


@pytest.mark.parametrize(("left", "right"), list(itertools.product("tfu", repeat=2)))
def test_and_or_follow_strong_kleene_logic(left: str, right: str):
    a, b = THREE[left], THREE[right]
    both = False if False in (a, b) else None if None in (a, b) else True
    either = True if True in (a, b) else None if None in (a, b) else False
    assert holds(f"{left} and {right}") is both
    assert holds(f"{left} or {right}") is either


@pytest.mark.parametrize(("text", "expected"), [("not t", False), ("not f", True), ("not u", None)])
def test_not_keeps_what_is_unknown(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mode == 'all'", True),
        ('mode == "none"', False),
        ("mode != 'all'", False),
        ("mode != 'none'", True),
        ("many == 'list'", True),
        ("many == 'write'", False),
        ("u == 'x'", None),
        ("u != 'x'", None),
        ("part == 'ab'", None),
        ("part != 'ab'", None),
        ("set(mode)", True),
        ("set(empty)", False),
        ("set(u)", None),
        ("not set(empty) and (u or t)", True),
        ("set(o.key)", True),
        ("o.key == 'k'", True),
        ("mode", False),
    ],
)
def test_what_a_condition_says(text, expected):
    assert holds(text) is expected


def test_a_condition_names_its_parameters():
    found = expression("a and not set(b.key) or c == 'x' and a")
    assert (found.names, found.flags) == (("a", "b.key", "c"), ("a",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a and",
        "a == b",
        "'x' == a",
        "a == 'x' == 'y'",
        "a < 'x'",
        "a == 1",
        "set()",
        "set(a, b)",
        "open(a)",
        "set('a')",
        "a.b.c",
        "a()",
        "(lambda: a)",
        "[a]",
        "a if b else c",
        "f'{a}'",
        "__import__('os')",
        "a == b'x'",
        "a; b",
        "a\\",
        "set(*a)",
        "1and a",
        "a == 'x' 'y' or",
    ],
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(InputError, match="is no condition"):
        expression(text)


def test_a_long_condition_is_refused():
    with pytest.raises(InputError, match="too long"):
        expression("a and " * 80 + "a")


def test_the_deepest_condition_that_fits_is_decided():
    assert holds("not " * 99 + "t") is False
    assert holds("(" * 199 + "t" + ")" * 199) is True


@given(st.text(alphabet="ab '\"().=!notrse", max_size=40))
def test_any_text_is_a_condition_or_an_input_error(text: str):
    try:
        result = expression(text).holds({"a": ("true",)}.get)
    except InputError:
        return
    assert result in (True, False, None)
