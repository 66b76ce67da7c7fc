"""Every rule that the program names is told on the page of rules, and the documents of the vectors are read as they say."""

from __future__ import annotations

from collections import Counter

import pytest

from iamsim import documents
from iamsim.errors import InputError
from iamsim.sts import parameters
from tests import vectors
from tests.semantics_table import PAGE, ROOT, RULE, cases, elsewhere, page
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


@pytest.mark.parametrize("given", vectors.parameters(), ids=str)
def test_sts_takes_or_refuses_the_parameters_of_a_call_as_the_vector_says(given):
    found = parameters.violations(given.call, max_session_duration=given.max_session_duration, chained=given.chained)

    if not given.parameter:
        assert found == ()
        return
    assert {violation.parameter for violation in found} == {given.parameter}
    assert any(given.message in violation.message.text for violation in found), found


@pytest.mark.parametrize("given", vectors.parameters(), ids=str)
def test_what_sts_may_refuse_is_told_where_the_vector_says_so(given):
    doubts = " ".join(parameters.doubts(given.call))

    assert given.doubt in doubts if given.doubt else doubts == ""


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


def test_a_rule_without_cases_has_a_page_a_reason_and_a_test_that_names_it_if_any():
    for row in elsewhere():
        assert RULE.fullmatch(row["rule"]), row["rule"]
        assert row["source"]["url"].startswith(
            ("https://docs.aws.amazon.com/", "https://www.rfc-editor.org/rfc/", "https://openid.net/specs/")
        )
        assert len(row["source"]["page"]) > 7
        assert row["witness"] in {"documented", "inferred"}
        assert len(row["title"]) > 7
        assert len(row["because"]) > 20
        assert "tested" not in row or (ROOT / row["tested"]).is_file(), row["tested"]


def test_every_vector_has_cases_and_no_rule_has_two_files():
    assert [vector["path"] for vector in stated() if not cases(vector)] == []
    assert [rule for rule, times in Counter(vector["rule"] for vector in stated()).items() if times > 1] == []
