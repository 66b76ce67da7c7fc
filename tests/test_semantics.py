"""Every rule that the program names is told on the page of rules, and the documents of the vectors are read as they say."""

from __future__ import annotations

import pytest

from iamsim import documents
from iamsim.errors import InputError
from tests import vectors
from tests.semantics_table import ELSEWHERE, PAGE, ROOT, RULE, elsewhere, page
from tests.semantics_table import vectors as stated

VALIDATIONS = vectors.validations()


@pytest.mark.parametrize("given", [v for v in VALIDATIONS if v.valid], ids=str)
def test_a_document_that_aws_takes_is_read(given):
    assert documents.policy(given.text, document="policy.json").statements


@pytest.mark.parametrize("given", [v for v in VALIDATIONS if not v.valid and v.by_reader], ids=str)
def test_a_document_that_is_no_policy_is_refused_in_the_words_of_the_vector(given):
    with pytest.raises(InputError) as refused:
        documents.policy(given.text, document="policy.json")

    assert given.message in str(refused.value)


@pytest.mark.parametrize("given", [v for v in VALIDATIONS if not v.by_reader], ids=str)
def test_what_is_left_to_lint_is_read_as_it_stands(given):
    assert documents.policy(given.text, document="policy.json").statements


def test_the_page_of_rules_says_what_the_vectors_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `.venv/bin/python tests/semantics_table.py`"


def test_every_rule_that_the_program_names_has_a_row():
    named = {
        rule
        for folder in ("iamsim", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for rule in RULE.findall(path.read_text(encoding="utf-8"))
    }
    rows = {vector["rule"] for vector in stated()} | {row["rule"] for row in elsewhere()}
    assert named
    assert sorted(named - rows) == []


def test_a_rule_is_a_vector_or_is_told_why_it_is_none():
    told = [row["rule"] for row in elsewhere()]

    assert told == sorted(set(told))
    assert set(told) & {vector["rule"] for vector in stated()} == set()


def test_a_rule_that_no_request_can_show_has_a_reason_and_tests_that_exist():
    for row in elsewhere():
        assert RULE.fullmatch(row["rule"]), f"{ELSEWHERE.name}: {row['rule']}"
        assert len(row["title"]) > 7
        assert len(row["because"]) > 7
        assert "tested" not in row or (ROOT / row["tested"]).is_file(), row["tested"]
