from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamsim import config
from iamsim.config import Config, find
from iamsim.errors import InputError


def told(folder: Path, text: str | bytes, name: str = "iamsim.toml") -> str:
    """The error that a settings file gives, as the user reads it."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        find(folder)
    return str(caught.value).replace(str(folder), "HERE")


def test_a_folder_without_settings_gives_the_empty_ones(tmp_path):
    assert find(tmp_path) == Config()


def test_every_setting_is_read_from_iamsim_toml(tmp_path):
    (tmp_path / "iamsim.toml").write_text(
        """
role_arn = "arn:aws:iam::111122223333:role/app"
policies = ["accounts/one", "aws", "aws:dev"]
tools = "quilt-mcp@2026-01"
server_principal = "none"
mode = "remote"
assume_none = ["scp", "vpc-endpoint"]
at = 2026-01-31T12:00:00Z
region = "us-east-1"
profile = "dev"
endpoint_url = "http://127.0.0.1:5000"
token_file = "token.jwt"
secret_file = "secret.txt"
key_file = "keys/jwks.json"
formats = ["terminal", "html=report.html", "json=-"]
[set]
bucket = "data"
max_keys = 100
dry_run = false
[context]
"aws:TagKeys" = ["a", "b"]
[assume]
"aws:SecureTransport" = true
[claim]
sub = "test-user"
exp = 1800000000
session_tags = { team = "research" }
"""
    )
    found = find(tmp_path)
    assert found == Config(
        path=str(tmp_path / "iamsim.toml"),
        role_arn="arn:aws:iam::111122223333:role/app",
        policies=(str(tmp_path / "accounts/one"), "aws", "aws:dev"),
        tools="quilt-mcp@2026-01",
        server_principal="none",
        mode="remote",
        set={"bucket": "data", "max_keys": "100", "dry_run": "false"},
        context={"aws:TagKeys": ("a", "b")},
        assume={"aws:SecureTransport": ("true",)},
        assume_none=("scp", "vpc-endpoint"),
        claim={"sub": "test-user", "exp": 1800000000, "session_tags": {"team": "research"}},
        at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        region="us-east-1",
        profile="dev",
        endpoint_url="http://127.0.0.1:5000",
        token_file=str(tmp_path / "token.jwt"),
        secret_file=str(tmp_path / "secret.txt"),
        key_file=str(tmp_path / "keys/jwks.json"),
        formats=("terminal", f"html={tmp_path / 'report.html'}", "json=-"),
    )


def test_every_setting_has_a_reader_and_every_reader_a_setting():
    assert {item.name for item in fields(Config)} == {"path", *config._READERS}  # noqa: SLF001 - the table under test


def test_settings_are_found_upwards_and_their_paths_lead_there_from_the_start(tmp_path, monkeypatch):
    (tmp_path / "iamsim.toml").write_text('policies = "accounts"\ntools = "mine.toml"\n')
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    found = find(Path())
    assert (found.path, found.policies, found.tools) == ("../../iamsim.toml", ("../../accounts",), "../../mine.toml")


def test_paths_of_settings_in_the_current_folder_stay_short(tmp_path, monkeypatch):
    (tmp_path / "iamsim.toml").write_text('policies = ["."]\n')
    monkeypatch.chdir(tmp_path)
    assert (find(Path()).path, find(Path()).policies) == ("iamsim.toml", (".",))


def test_iamsim_toml_wins_over_pyproject_of_the_same_folder(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.iamsim]\nmode = "local"\n')
    assert find(tmp_path).mode == "local"
    (tmp_path / "iamsim.toml").write_text('mode = "remote"\n')
    assert find(tmp_path).mode == "remote"


def test_a_pyproject_without_our_table_does_not_end_the_search(tmp_path):
    (tmp_path / "iamsim.toml").write_text('mode = "remote"\n')
    below = tmp_path / "package"
    below.mkdir()
    (below / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert find(below).mode == "remote"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rolearn = "x"\n', "HERE/iamsim.toml:1: `rolearn` is no setting; did you mean `role_arn`?"),
        ("role_arn = 7\n", "HERE/iamsim.toml:1: `role_arn` is not text; write text in quotes"),
        ('role_arn = " "\n', "HERE/iamsim.toml:1: `role_arn` is not text; write text in quotes"),
        ("policies = [1]\n", 'HERE/iamsim.toml:1: `policies` is neither text nor a list of texts; write "one" or ["one", "two"]'),
        ('assume_none = ["spc"]\n', "HERE/iamsim.toml:1: `assume_none` names `spc`, which is no policy type; did you mean `scp`?"),
        ('set = "a=b"\n', 'HERE/iamsim.toml:1: `set` is not a table of names and values; write name = "value" below its heading in brackets'),
        ("set = { a = [1] }\n", 'HERE/iamsim.toml:1: `set` holds a value that is neither text, a number nor a flag; write name = "value"'),
        ("claim = { exp = 2026-01-01 }\n", "HERE/iamsim.toml:1: `claim` holds a date; a claim counts seconds since 1970"),
        ("at = 2026-01-31T12:00:00\n", "HERE/iamsim.toml:1: `at` is no moment with an offset; write 2026-01-31T12:00:00Z, without quotes"),
        ("mode = remote\n", "HERE/iamsim.toml:1:8: is not TOML: invalid value; text values need quotes"),
        ("region = 'a'\nset = { a = 1.2.3 }\n", "HERE/iamsim.toml:2:16: is not TOML: unclosed inline table; close the brace on the same line"),
        ("role_arn = arn:aws:iam::111122223333:role/app\n", "HERE/iamsim.toml:1:12: is not TOML: invalid value; text values need quotes"),
        ("policies = [aws]\n", "HERE/iamsim.toml:1:13: is not TOML: invalid value; text values need quotes"),
        ("mode = 'a'\nmode = 'b'\n", "HERE/iamsim.toml:2:11: is not TOML: cannot overwrite a value; write each name once"),
        ("mode = 'a\n", "HERE/iamsim.toml:1: is not TOML: expected \"'\"; close the quotes"),
        ("at = 2026-13-31T12:00:00Z\n", "HERE/iamsim.toml:1:10: is not TOML: expected newline or end of document after a statement; write 2026-01-31T12:00:00Z"),
        ("mode\n", "HERE/iamsim.toml:1:5: is not TOML: expected '=' after a key in a key/value pair; write name = \"value\", one a line"),
        ("[claim]\nsub = 'a'\n[sett]\nbucket = 'b'\n", "HERE/iamsim.toml:3: `sett` is no setting; did you mean `set`?"),
        ('claim = { sub = ["\\uE000"] }\n', "HERE/iamsim.toml: a private-use character (U+E000 to U+E002) is not readable here; AWS takes no such character"),
        (b"\xef\xbb\xbfmode = 'x'\n", "HERE/iamsim.toml: starts with a byte order mark; save the file as UTF-8 without one"),
        (b"mode = '\xff'\n", "HERE/iamsim.toml: is not UTF-8 text (byte 8); save the file as UTF-8"),
        (b"#" * (config.MAX_BYTES + 1), "HERE/iamsim.toml: is larger than 1,048,576 bytes; settings are short; name another file"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_file_and_the_way_out(tmp_path, text, message):
    assert told(tmp_path, text) == message


def test_deep_nesting_is_an_input_error(tmp_path):
    assert "is not TOML" in told(tmp_path, "set = " + "[" * 100_000 + "]" * 100_000)


def test_a_tool_table_of_the_wrong_kind_is_named(tmp_path):
    message = told(tmp_path, "[tool]\niamsim = 1\n", "pyproject.toml")
    assert message == "HERE/pyproject.toml: `tool.iamsim` is not a table; write [tool.iamsim] and the settings below it"


def test_an_unknown_setting_in_pyproject_is_an_error_too(tmp_path):
    message = told(tmp_path, '[tool.iamsim]\nregions = "x"\n', "pyproject.toml")
    assert message == "HERE/pyproject.toml:2: `regions` is no setting; did you mean `region`?"


def test_an_empty_list_of_places_is_no_live_account(tmp_path):
    settings = tmp_path / "iamsim.toml"
    settings.write_text("policies = []\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"`policies` names no place to read from"):
        find(tmp_path)
