"""The page on tokens tells every weakness, with its page, and every option."""

from __future__ import annotations

import re
from pathlib import Path

import click

from iamsim.cli.token import command
from iamsim.rules import rules

PAGE = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
OTHER = {"token-refused", "token-unverified", "token-names-another-role"}
"""Rules of the token step that tell of no weakness."""


def test_the_table_of_weaknesses_has_a_row_for_each_rule_with_the_page_that_it_cites():
    rows = dict(re.findall(r"^\| `(token-[a-z-]+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))
    told = {name: rule.cite for name, rule in rules().items() if name.startswith("token-") and name not in OTHER}
    assert rows == told


def test_every_option_that_gives_a_key_or_bounds_its_fetch_is_on_the_page():
    verify = command.commands["verify"]
    options = {name for one in verify.params if isinstance(one, click.Option) for name in one.opts if name[:2] == "--"}
    assert {name for name in options if f"`{name}" not in PAGE} <= {"--set", "--json", "--at"}


def test_the_exit_codes_on_the_page_are_those_of_the_help():
    text = command.commands["verify"].help or ""
    codes = re.search(r"Exit codes: (.*?)\.\n", text, re.DOTALL)
    assert codes is not None
    assert re.findall(r"\b\d\b", codes[1]) == re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)
