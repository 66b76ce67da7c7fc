"""A file of evidence is read within bounds, and what cannot be read is one line of error."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from iamsim import evidence
from iamsim.evidence import _reading
from iamsim.evidence._reading import Opened
from tests.evidence.files import refusal


@pytest.fixture
def opened(tmp_path: Path):
    def opened(content: bytes, name: str = "evidence.txt") -> Opened:
        path = tmp_path / name
        path.write_bytes(content)
        return Opened(path, name)

    return opened


def everything(one: Opened) -> tuple[str, list[str], str]:
    return one.head, [line for _, line in one.lines()], one.text()


def test_lines_are_numbered_and_lose_their_ends(opened):
    assert list(opened(b"one\r\ntwo\n\nfour").lines()) == [(1, "one"), (2, "two"), (3, ""), (4, "four")]


def test_an_empty_file_is_read_as_nothing(opened):
    assert everything(opened(b"")) == ("", [], "")
    assert everything(opened(gzip.compress(b""))) == ("", [], "")


@pytest.mark.parametrize(
    "content",
    [
        "héllo\nwörld".encode(),
        b"\xef\xbb\xbf" + "héllo\nwörld".encode(),
        "\ufeffhéllo\nwörld".encode("utf-16-le"),
        "\ufeffhéllo\nwörld".encode("utf-16-be"),
        gzip.compress("héllo\nwörld".encode()),
        gzip.compress("\ufeffhéllo\nwörld".encode("utf-16-le")),
        gzip.compress("héllo\n".encode()) + gzip.compress("wörld".encode()),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16 little", "utf-16 big", "gzip", "gzip of utf-16", "two gzips in a row"],
)
def test_text_is_read_whatever_its_encoding_or_packing(opened, content):
    assert everything(opened(content)) == ("héllo\nwörld", ["héllo", "wörld"], "héllo\nwörld")


def test_what_is_not_utf_8_is_replaced_and_the_rest_stays(opened):
    assert everything(opened(b"a\xff\xfeb\nc")) == ("a\ufffd\ufffdb\nc", ["a\ufffd\ufffdb", "c"], "a\ufffd\ufffdb\nc")
    assert opened("\ufeff".encode("utf-16-le") + b"a\x00\x3d\xd8").text() == "a\ufffd"


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(opened, monkeypatch):
    monkeypatch.setattr(_reading, "LONGEST_LINE", 8)
    one = opened(b"x" * 8 + b"\nshort\n" + b"y" * 20 + b"\nlast")
    assert [line for _, line in one.lines()] == ["x" * 8, "short", "y" * 8 + "…", "last"]


def test_the_head_is_no_longer_than_it_says(opened):
    assert len(opened(b"x" * (_reading.HEAD + 5)).head) == _reading.HEAD


def test_the_digest_is_of_the_file_as_it_lies_there(opened):
    packed = gzip.compress(b"text")
    assert opened(packed).sha256 == hashlib.sha256(packed).hexdigest()


def test_the_name_is_told_without_the_ending_of_its_packing():
    assert Opened(Path("logs/a.json.gz"), "logs/a.json.gz").name == "a.json"


def test_what_is_not_there_is_said_in_one_line(tmp_path):
    assert refusal(lambda: Opened(tmp_path / "none", "none").head) == "cannot read `none`: no such file or directory"
    assert refusal(lambda: Opened(Path("a\0b"), "a\0b").head) == "cannot read `a\ufffdb`: no such file"
    assert "cannot read" in refusal(lambda: Opened(Path("x" * 5000), "x" * 5000).head)
    assert "file name too long" in refusal(lambda: evidence.read("x" * 5000))


def test_a_folder_a_fifo_and_a_device_are_no_files(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, Path(os.devnull)):
        assert refusal(lambda path=path: Opened(path, "it").head) == (
            "`it` is no file; give the files of evidence one by one"
        )


def test_a_broken_gzip_is_said_to_be_broken(opened):
    whole = gzip.compress(os.urandom(4000))
    spoiled = whole[:30] + bytes(byte ^ 0x55 for byte in whole[30:])
    for content in (whole[:-900], whole + b"more", spoiled, b"\x1f\x8b"):
        assert refusal(opened(content).text) == "`evidence.txt` is a broken gzip file; fetch it anew"
        assert "broken gzip" in refusal(lambda content=content: list(opened(content).lines()))


def test_a_gzip_bomb_is_given_up(opened, monkeypatch):
    monkeypatch.setattr(_reading, "MOST_UNPACKED", 3 * 1024 * 1024)
    bomb = opened(gzip.compress(b"\0" * (8 * 1024 * 1024), 9), "bomb.gz")
    said = "`bomb.gz` unpacks to more than 200 times its length; unpack it first"
    assert refusal(lambda: list(bomb.lines())) == said
    assert refusal(bomb.text) == said
    assert len(bomb.head) == _reading.HEAD


def test_what_is_longer_than_its_bounds_is_refused(opened, monkeypatch):
    monkeypatch.setattr(_reading, "WHOLE", 1024 * 1024)
    assert refusal(opened(b"x" * (1024 * 1024 + 1)).text) == "`evidence.txt` is longer than 1 MB; give a part of it"
    monkeypatch.setattr(_reading, "MOST", 100)
    assert refusal(lambda: list(opened(b"x\n" * 51).lines())).endswith("is longer than 0 GB; give a part of it")
    monkeypatch.setattr(_reading, "LONGEST_LINE", 10)
    assert "is longer than" in refusal(lambda: list(opened(b"x" * 200).lines()))


def test_a_file_that_fails_while_it_is_read_is_said_to(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x")
    with Opened(path, "x").stream() as stream, path.open("rb") as another:
        number = stream.raw.fileno()
        os.close(number)
        assert refusal(lambda: stream.raw.readinto(bytearray(9))) == "cannot read `x`: bad file descriptor"
        os.dup2(another.fileno(), number)


def test_a_location_shows_neither_a_token_nor_a_control_character():
    said = refusal(lambda: evidence.read("\x1b[2Jhttps://user:opensesame@x"))
    assert "opensesame" not in said
    assert "\x1b" not in said


def test_a_format_that_is_not_known_is_refused_with_those_that_are(tmp_path):
    assert refusal(lambda: evidence.read(str(tmp_path / "x"), "nope")).startswith(
        "`nope` is no format of evidence; choose "
    )
