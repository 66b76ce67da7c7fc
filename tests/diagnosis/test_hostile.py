"""Whatever evidence holds ends in a diagnosis that every form can tell, and none of it is more than words."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim.diagnosis import diagnose
from iamsim.model.observation import Call, Line, Outcome, Result, Subject
from iamsim.renderers import RenderOptions, _diagnosis_json, _diagnosis_markdown, _diagnosis_page, _diagnosis_text
from tests.diagnosis.cases import FIXED, QUILT, evidence, report, simulator

WORDS = st.text(st.characters(exclude_characters="\ue000\ue001\ue002", codec="utf-8"), max_size=40) | st.sampled_from(
    [
        "bucket_objects_list",
        "search_catalog.file.no_bucket",
        "arn:aws:sts::111122223333:assumed-role/quilt-tenant/x",
        "arn:aws:iam::111122223333:role/quilt-tenant",
        "arn:aws:s3:::quilt-ernest-staging",
        "s3:ListBucket",
        "sts:AssumeRole",
        "AccessDenied",
        "Read timed out. (read timeout=10)",
        "<script>alert(1)</script>`|\x1b[31m{bucket}*?",
    ]
)
RESULTS = st.builds(
    Result,
    WORDS,
    st.sampled_from(Outcome),
    st.sampled_from(Subject),
    st.none() | WORDS,
    st.none() | st.dictionaries(WORDS, WORDS | st.integers() | st.none() | st.lists(WORDS, max_size=2), max_size=3),
    error=WORDS,
    timed_out=st.booleans(),
    looked_at=st.lists(st.sampled_from(["answer-exists", "schema", "error-field"]), max_size=2).map(tuple),
    told_error=WORDS,
    seconds=st.none() | st.floats(0, 1e9),
    count=st.integers(1, 10**6),
)
CALLS = st.builds(
    Call, WORDS, st.none() | WORDS, st.none() | WORDS, st.none() | WORDS, WORDS, WORDS, st.none() | WORDS,
    st.none() | st.booleans(), st.dictionaries(WORDS, WORDS.map(lambda text: (text,)), max_size=2),
)  # fmt: skip
LINES = st.builds(Line, WORDS, WORDS, WORDS)


@settings(max_examples=60)
@given(st.lists(RESULTS, max_size=4), st.lists(CALLS, max_size=3), st.lists(LINES, max_size=2), st.booleans())
def test_any_evidence_ends_in_a_diagnosis_that_every_form_tells(results, calls, lines, checked):
    file = evidence(*results, calls=tuple(calls), lines=tuple(lines), stated={"tools passed": 3})
    held = {"report": report(FIXED), "simulator": simulator(FIXED)} if checked else {}
    found = diagnose((file,), server=QUILT.server, tools=QUILT.tools, **held)
    assert found.exit_code in (0, 1, 3, 4)
    assert found.numbers.results == found.numbers.passed + found.numbers.failed + found.numbers.skipped
    for one in found.tools:
        assert one.relation
        assert one.reasons or one.relation == "not-observed"
    json.loads(_diagnosis_json.render(found))
    text = _diagnosis_text.render(found, RenderOptions())
    page, comment = _diagnosis_page.render(found), _diagnosis_markdown.render(found, RenderOptions())
    for shown in (text, page, comment):
        assert "\x1b" not in shown
    for shown in (page, comment):
        assert "<script" not in shown
