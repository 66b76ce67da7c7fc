"""YAML is read as strictly as JSON, and tells where everything stands."""

from __future__ import annotations

import pytest

from iamsim import yamltext
from iamsim.errors import InputError
from iamsim.jsontext import Number


def value(text: str):
    (only,) = yamltext.read(text, "t.yaml")
    return only.value


def told(text: str) -> str:
    with pytest.raises(InputError) as caught:
        yamltext.read(text, "t.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("012345678901", "012345678901"),
        ("2012-10-17", "2012-10-17"),
        ("yes", "yes"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ('"3600"', "3600"),
        (".inf", ".inf"),
    ],
)
def test_scalars_stay_what_is_written(written, read):
    assert value(f"key: {written}\n") == {"key": read}
    assert not isinstance(value(f"key: {written}\n")["key"], Number)


def test_numbers_are_kept_as_they_are_written():
    found = value("a: 3600\nb: -1.50\n")
    assert found == {"a": "3600", "b": "-1.50"}
    assert all(isinstance(each, Number) for each in found.values())


def test_a_short_form_is_its_long_form():
    text = "a: !Ref Role\nb: !GetAtt Role.Arn\nc: !If [Has, !Sub '${A}-x', !Ref AWS::NoValue]\nd: !Condition Has\n"
    assert value(text) == {
        "a": {"Ref": "Role"},
        "b": {"Fn::GetAtt": "Role.Arn"},
        "c": {"Fn::If": ["Has", {"Fn::Sub": "${A}-x"}, {"Ref": "AWS::NoValue"}]},
        "d": {"Condition": "Has"},
    }


def test_everything_has_its_line_and_column():
    (found,) = yamltext.read("a:\n  b:\n    - x\n    - !Sub\n      - y\n      - {k: v}\n", "t.yaml")
    assert str(found.origin(("a", "b"))) == "t.yaml:2:3"
    assert str(found.origin(("a", "b", 1))) == "t.yaml:4:7"
    assert str(found.origin(("a", "b", 1, "Fn::Sub", 1, "k"))) == "t.yaml:6:10"
    assert found.origin(("a", "b", 1, "Fn::Sub", 1, "k")).pointer == "/a/b/1/Fn::Sub/1/k"
    assert str(found.origin(("a", "b", 0, "nowhere"))) == "t.yaml:3:7"


def test_what_an_alias_repeats_is_there_twice():
    (found,) = yamltext.read("a: &x {k: v}\nb: *x\n", "t.yaml")
    assert found.value == {"a": {"k": "v"}, "b": {"k": "v"}}
    assert found.origin(("b", "k")).line == 1


def test_documents_are_read_one_by_one_and_empty_ones_left_out():
    assert [each.value for each in yamltext.read("---\na: 1\n---\n---\nb: 2\n", "t.yaml")] == [{"a": "1"}, {"b": "2"}]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: 1\na: 2\n", "t.yaml:2:1: the key `a` appears twice in one object"),
        ("a: [1\n", "t.yaml:2:1: is not YAML: did not find expected ',' or ']'"),
        ("\x00", "t.yaml:1:1: U+0000 is no character of YAML"),
        ("a: b\n\x07", "t.yaml:2:1: U+0007 is no character of YAML"),
        ("a: \ue000\n", "t.yaml:1:4: a private-use character"),
        ("? [a]\n: b\n", "t.yaml:1:3: a key is no text"),
        ("<<: {a: b}\n", "t.yaml:1:1: `<<` is not read"),
        ("a: *x\n", "t.yaml:1:4: is not YAML: found undefined alias"),
        ("a: &a {b: *a}\n", "is nested too deeply, or holds itself"),
        # libyaml has a limit of its own, and says so before ours is asked.
        ("a: " + "[" * 100_000, "nest"),
        ("a: " + "{b: " * 100_000, "is nested too deeply"),
        ("a" * 3_000_000, "3,000,000 characters are too many"),
        ("---\na\n" * 10_001, "holds more than 10,000 documents"),
    ],
)
def test_what_is_broken_is_one_line_with_its_place(text, error):
    assert error in told(text)


def test_aliases_that_multiply_are_refused_at_once():
    levels = "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(12))
    assert "stands for more than 500,000 values" in told(f"a: &a [x]\n{levels}")
