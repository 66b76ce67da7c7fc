"""docs/iamsim.schema.json takes the settings that the program takes, and no others."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from iamsim import config, renderers, waivers
from iamsim.cli._options import RUNS_ON
from iamsim.errors import InputError
from tests.cli.running import ACCOUNTS, run

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs/iamsim.schema.json").read_text(encoding="utf-8"))
CHECKER = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
SETTINGS = [each.name for each in fields(config.Config) if each.name != "path"]
LONG = "x" * 2001
VALUES = [
    *(
        "text",
        "",
        " ",
        "json",
        "json=out/x.json",
        "irsa",
        "high",
        "hazard:low",
        "optional",
        "scp",
        "a.toml",
        "aws:profile",
    ),
    *(1, 1.5, True, [], ["text"], ["text", 1], [[]], ["scp", "rcp"], ["high", "unknown"], ["json", "html=x"], [""]),
    *({}, {"a": "b"}, {"a": ""}, {"a": 1}, {"a": [True, "b"]}, {"a": [["b"]]}, {"a": {"b": ["c", {"d": 1.5}]}}),
    [{}],
    [{"id": "x"}],
    [{"id": "x", "reason": "y"}],
    [{"id": "x", "reason": " "}],
    [{"id": "x", "reason": "y", "why": "z"}],
    [{"id": "x", "reason": "y", "place": "z", "owner": "o", "expires": date(2027, 1, 31)}],
    [{"id": "x", "reason": LONG}],
    [{"id": "x", "reason": "y", "expires": 2027}],
    [{"id": "x", "reason": "y", "expires": "soon"}],
    [{"id": "x", "reason": "y"}, "text"],
    datetime(2026, 1, 31, 12, tzinfo=UTC),
]


def as_json(value):
    """The value as an editor shows it to a schema: moments and days are texts there."""
    return json.loads(json.dumps(value, default=lambda each: each.isoformat()))


def taken(setting, value):
    """Whether the program takes the value for the setting."""
    try:
        read = config._config({setting: value}, Path("iamsim.toml"), "", "")  # noqa: SLF001 - as `find` does
        if setting == "waivers" and not isinstance(read.waivers, str):
            waivers.read(list(read.waivers or ()), document="iamsim.toml")
    except InputError:
        return False
    # These two are looked up by the command that uses them.
    if setting == "runs_on":
        return value in RUNS_ON
    if setting == "formats":
        return all(each.partition("=")[0] in renderers.names() for each in read.formats)
    return True


def test_the_schema_is_one_and_tells_every_setting():
    Draft202012Validator.check_schema(SCHEMA)
    assert sorted(SCHEMA["properties"]) == sorted(SETTINGS)
    assert all(each["description"] for each in SCHEMA["properties"].values())
    assert list(CHECKER.iter_errors({"role": "x"})), "a name that is no setting"


@pytest.mark.parametrize("setting", SETTINGS)
def test_schema_and_program_take_the_same(setting):
    compared = 0
    for value in VALUES:
        # In JSON a moment is a text, so that only the setting for one can be compared.
        if isinstance(value, datetime) != (setting == "at") and isinstance(value, str | datetime):
            continue
        assert CHECKER.is_valid({setting: as_json(value)}) == taken(setting, value), value
        compared += taken(setting, value)
    assert compared, "no value that is taken was compared"


def test_what_init_writes_is_valid_with_its_comments_taken_out(tmp_path):
    (tmp_path / "policies").symlink_to(ACCOUNTS / "quilt-fixed", target_is_directory=True)
    assert run(tmp_path, "init").code == 0
    text = (tmp_path / "iamsim.toml").read_text(encoding="utf-8")
    CHECKER.validate(as_json(tomllib.loads(text)))
    out = re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    table = tomllib.loads(out)
    assert {"policies", "tools", "fail_on", "waivers", "set"} <= set(table)
    CHECKER.validate(as_json(table))


@pytest.mark.parametrize("account", sorted(ACCOUNTS.iterdir()), ids=lambda path: path.name)
def test_the_settings_of_the_example_accounts_are_valid(account):
    CHECKER.validate(as_json(tomllib.loads((account / "iamsim.toml").read_text(encoding="utf-8"))))
