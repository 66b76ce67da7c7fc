"""docs/rules/ holds the page of every rule, as the program tells it, and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from iamsim.cli.rules._known import known
from iamsim.lints import lints
from tests.readme_blocks import ROOT, RULE_PAGES, rule_pages

MADE = rule_pages()
LISTED = set(
    re.findall(r"^\| \[`([a-z0-9-]+)`\]\(rules/", (ROOT / "docs" / "lint.md").read_text("utf-8"), re.MULTILINE)
)
"""The rules that the page docs/lint.md lists: `make readme` writes it together with these, and test_readme says when it is old."""


def test_every_rule_that_is_listed_has_its_page_and_there_is_no_other():
    assert {path.name for path in RULE_PAGES.iterdir()} == {f"{name}.md" for name in LISTED}
    assert {f"{name}.md" for name in LISTED} <= set(MADE)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_page_says_what_the_program_says(name):
    assert (RULE_PAGES / f"{name}.md").read_text(encoding="utf-8") == MADE[f"{name}.md"]


@pytest.mark.parametrize("rule", known(), ids=lambda rule: rule.id)
def test_a_page_says_something(rule):
    page = MADE[f"{rule.id}.md"]
    # More than its heading and its facts: why it matters, or what it means.
    said = page.partition("\n| ")[0].partition("\n")[2].strip()
    assert len(said) > len(rule.title)
    assert rule.title.rstrip(".") in " ".join(said.split())
    assert f"`iamsim rules show {rule.id}`" in page
    assert f"| source | {rule.cite.replace('|', chr(92) + '|')} |" in page


@pytest.mark.parametrize("name", sorted(lints()))
def test_the_page_of_a_lint_shows_what_to_avoid_and_what_to_prefer(name):
    blocks = re.findall(r"^## (Avoid|Prefer)\n\n```json\n(.*?)\n```$", MADE[f"{name}.md"], re.DOTALL | re.MULTILINE)
    assert [heading for heading, _ in blocks] == ["Avoid", "Prefer"]
    assert all(text.strip() for _, text in blocks)
    avoid, prefer = (text for _, text in blocks)
    assert avoid != prefer


@pytest.mark.parametrize("name", sorted(lints()))
def test_what_to_prefer_is_json_or_members_of_an_object(name):
    text = re.search(r"^## Prefer\n\n```json\n(.*?)\n```$", MADE[f"{name}.md"], re.DOTALL | re.MULTILINE)
    assert text is not None
    json.loads(text[1] if text[1].startswith(("{", "[")) else f"{{{text[1]}}}")
