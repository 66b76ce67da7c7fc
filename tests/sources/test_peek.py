"""The names at the top of a file, by which sources know their own."""

from __future__ import annotations

import os

import pytest

from iamsim.sources._peek import names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": {"b": 1}, "c": [{"d": 2}], "e": "f:{g"}', {"a", "c", "e"}),
        ('  {"a": 1, "cut off', {"a"}),
        ('{"a\\"}{": 1, "b": 2}', {'a\\"}{', "b"}),
        ("a: 1\nb:\n  c: 2\n'd': 3\n# e: 4\n- f: 5\n", {"a", "b", "d"}),
        ("https://a.example\na:b\n", set()),
        ("[1, 2]", set()),
        ("", set()),
        ("{" * 100_000, set()),
    ],
)
def test_names_at_the_top_and_no_others(tmp_path, text, found):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert names(path) == found


def test_what_cannot_be_read_has_none(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe{\x00")
    os.mkfifo(tmp_path / "pipe")
    assert {names(tmp_path / name) for name in ("bytes", "pipe", "nowhere", ".")} == {frozenset()}
