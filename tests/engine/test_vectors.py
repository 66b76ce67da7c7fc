"""Every rule of AWS that a vector states, asked of the engine fast, of the engine in full, and of the reference."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from iamsim.engine import context, policyset
from tests import reference, vectors

CASES = vectors.cases()
SCHEMA = Draft202012Validator(json.loads((vectors.ROOT / "schema.json").read_text()))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_decides_as_the_vector_says(case):
    policies = policyset.compile(case.layers)

    assert policies.decide(context.derived(case.request)) == case.decision


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_explains_as_the_vector_says(case):
    answer = policyset.compile(case.layers).explain(context.derived(case.request))

    assert answer.decision == case.decision
    if case.layer is not None:
        assert answer.layer == case.layer
    if case.statements is not None:
        assert tuple(v.statement.sid or v.statement.index for v in answer.decisive) == case.statements
    if case.missing is not None:
        assert frozenset(key.lower() for key in answer.missing_context) == case.missing


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reference_decides_as_the_vector_says(case):
    answer = reference.decide(case.layers, reference.derived(case.request))

    assert answer.decision == case.decision
    if answer.layer is not None and case.layer is not None:
        assert answer.layer == case.layer


@pytest.mark.parametrize("path", vectors.files(), ids=lambda path: path.stem)
def test_a_vector_file_follows_the_schema(path):
    assert list(SCHEMA.iter_errors(json.loads(path.read_text()))) == []


@pytest.mark.parametrize("path", vectors.files(), ids=lambda path: path.stem)
def test_a_vector_file_is_named_for_its_rule(path):
    vector = json.loads(path.read_text())

    assert path.stem.startswith(f"{vector['rule']}-")
    assert [case["line"]["id"] for case in vector["cases"]] == [
        f"{vector['rule']}.{place}" for place in range(1, len(vector["cases"]) + 1)
    ]


def test_no_rule_is_stated_twice():
    rules = [json.loads(path.read_text())["rule"] for path in vectors.files()]

    assert len(rules) == len(set(rules))
