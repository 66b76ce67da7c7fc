"""Every rule of AWS that takes an organization to show, asked of the engine in full and fast, and of the reference."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from iamsim.model.verdict import Decision
from tests import organization_vectors, reference_organization, vectors
from tests.organization_vectors import files

CASES = organization_vectors.cases()
SCHEMA = Draft202012Validator(json.loads((vectors.ROOT / "organization.schema.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_answers_step_by_step_as_the_vector_says(case):
    for step, answer in zip(case.given["steps"], organization_vectors.answers(case), strict=True):
        expect = step["expect"]
        if "refused" in expect:
            assert any(expect["refused"] in words for words in answer.refused), answer
            continue
        assert answer.refused == ()
        told = answer.explanation
        assert told.decision == expect["decision"], told.reason
        if "layer" in expect:
            assert told.layer == expect["layer"], told.reason
        if told.decision is not Decision.ALLOWED and "assume" in step:
            assert told.request.action == expect.get("permission", "sts:AssumeRole")
        if "statements" in expect:
            assert [v.statement.sid or v.statement.index for v in told.decisive] == expect["statements"]
        if told.decision is Decision.UNKNOWN:
            assert {key.lower() for key in told.missing_context} == {key.lower() for key in expect.get("missing", ())}
            assert set(told.unseen) == set(expect.get("unseen", ()))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_quick_answer_is_the_same(case):
    for answer in organization_vectors.answers(case):
        assert answer.quick == answer.decision


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reference_answers_step_by_step_as_the_vector_says(case):
    for step, answer in zip(case.given["steps"], reference_organization.answers(case), strict=True):
        expect = step["expect"]
        assert answer.refused == ("refused" in expect)
        assert answer.decision == expect.get("decision")
        if answer.layer is not None and "layer" in expect:
            assert answer.layer == expect["layer"]
        if "permission" in expect:
            assert answer.permission == expect["permission"]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_an_organization_vector_follows_the_schema(path):
    vector = json.loads(path.read_text(encoding="utf-8"))

    assert list(SCHEMA.iter_errors(vector)) == []
    assert path.stem.startswith(f"{vector['rule']}-")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_case_makes_of_the_organization_follows_the_schema(case):
    form = SCHEMA.evolve(schema={"$ref": "#/$defs/organization", "$defs": SCHEMA.schema["$defs"]})
    for world, _ in case.steps():
        assert list(form.iter_errors(world)) == []
