"""Every rule for tokens that a vector states is kept, with its reason."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from iamsim.errors import InputError
from iamsim.rules import rules
from iamsim.sts import parameters
from tests.tokens import token_vectors
from tests.tokens.token_vectors import FOLDER

CASES = token_vectors.cases()
SCHEMA = Draft202012Validator(json.loads(token_vectors.SCHEMA.read_text(encoding="utf-8")))
ROOT = FOLDER.parents[2]
UNREAD = ("unreadable", "no-key")


def of(*results):
    return pytest.mark.parametrize(
        "given",
        [case.given for case in CASES if case.given["expect"]["result"] in results],
        ids=lambda given: given["name"],
    )


@of(*UNREAD)
def test_what_is_no_token_or_no_key_is_refused_in_the_words_of_the_vector(given):
    with pytest.raises(InputError) as caught:
        token_vectors.answer(given)
    assert given["expect"]["message"] in str(caught.value)


@of("accepted")
def test_a_token_is_taken_that_the_vector_says_is_sound(given):
    if given["verifier"].get("verifies", True):
        assert token_vectors.answer(given).reasons == ()


@of("refused")
def test_a_token_is_refused_for_the_reason_that_the_vector_gives(given):
    code, message = token_vectors.answer(given).reasons[0]
    assert code == given["expect"]["code"]
    assert given["expect"]["message"] in message


@of("accepted", "refused")
def test_a_token_is_as_weak_as_the_vector_says(given):
    found = {weak.rule for weak in token_vectors.answer(given).weaknesses}
    assert set(given["expect"].get("weaknesses", ())) <= found
    assert found.isdisjoint(given["expect"].get("without", ()))


@pytest.mark.parametrize(
    "given", [case.given for case in CASES if "server" in case.given], ids=lambda given: given["name"]
)
def test_the_call_of_a_server_is_what_the_vector_says(given):
    expect, built = given["expect"], token_vectors.answer(given).built
    assert built is not None
    assert expect.get("problem", "") in " ".join(message.text for message in built.problems)
    if "note" in expect:
        assert expect["note"] in " ".join(built.notes)
        assert bool(built.notes) == bool(expect["note"])
    if "sts_refuses" in expect:
        assert built.call is not None
        found = parameters.errors(built.call, max_session_duration=43_200, chained=False)
        assert any(expect["sts_refuses"] in message.text for message in found)


def test_every_case_has_an_expectation_that_a_wrong_answer_would_miss():
    assert len(CASES) > 100
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", token_vectors.files(), ids=lambda path: path.stem)
def test_a_token_vector_follows_its_schema_and_is_named_for_its_rule(path):
    vector = tomllib.loads(path.read_text(encoding="utf-8"))
    assert list(SCHEMA.iter_errors(vector)) == []
    assert path.stem.startswith(f"{vector['rule']}-")


def test_every_rule_for_tokens_is_a_vector_or_is_told_why_it_is_none():
    told = [row["rule"] for row in token_vectors.elsewhere()]
    shown = [vector["rule"] for vector in token_vectors.vectors()]
    assert sorted(told + shown) == [f"JWT-{number:03}" for number in range(1, 35)]
    for row in token_vectors.elsewhere():
        assert len(row["because"]) > 20
        assert "tested" not in row or (ROOT / row["tested"]).is_file()


def test_every_weakness_that_a_vector_names_is_a_rule_of_the_check():
    named = {rule for case in CASES for key in ("weaknesses", "without") for rule in case.given["expect"].get(key, ())}
    assert sorted(named - set(rules())) == []


def test_no_vector_holds_the_text_of_a_token_or_of_a_key():
    for path in (*token_vectors.files(), token_vectors.ELSEWHERE):
        text = path.read_text(encoding="utf-8")
        assert "eyJ" not in text, path.name
        assert "-----BEGIN" not in text, path.name
