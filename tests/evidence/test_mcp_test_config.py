"""A configuration of mcp-test says what will be tested and what each test looks at, and what discovery found."""

from __future__ import annotations

import pytest

from iamsim import evidence
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, REAL_REPORT, named, refusal

EARLIER = FOLDER / "mcp_test_config" / "quilt-2026-01.yaml"
LATER = FOLDER / "mcp_test_config" / "quilt-0.21.yaml"


@pytest.fixture(scope="module")
def earlier():
    return evidence.read(str(EARLIER))


@pytest.fixture(scope="module")
def later():
    return evidence.read(str(LATER))


def expected(found, name):
    (one,) = [one for one in found.expected if one.name == name]
    return one


def test_the_earlier_version_expects_what_the_real_report_tells(earlier):
    assert earlier.format == "mcp_test_config"
    assert (earlier.results, earlier.notes, earlier.malformed) == ((), (), 0)
    real = evidence.read(str(REAL_REPORT))
    assert {(one.subject, one.name, one.tool) for one in earlier.expected} == {
        (one.subject, one.name, one.tool) for one in real.results
    }
    assert {one.outcome for one in earlier.expected} == {Outcome.UNKNOWN}
    for one in real.results:
        assert one.arguments in (None, expected(earlier, one.name).arguments)


def test_a_variant_has_its_tool_its_arguments_and_what_it_looks_at(earlier):
    one = expected(earlier, "search_catalog.file.no_bucket")
    assert (one.tool, one.subject, one.effect) == ("search_catalog", Subject.TOOL, "none")
    assert one.arguments == {"query": "README.md", "limit": 10, "scope": "file", "bucket": ""}
    assert one.looked_at == ("answer-exists", "schema", "min-results")
    assert EARLIER.read_text(encoding="utf-8").splitlines()[one.origin.line - 1] == "  search_catalog.file.no_bucket:"


def test_a_test_without_arguments_calls_with_none_and_says_its_effect(earlier):
    one = expected(earlier, "package_create")
    assert (one.arguments, one.effect, one.looked_at) == ({}, "create", ("answer-exists", "schema"))
    assert expected(earlier, "tabulator_open_query_toggle").effect == ""
    resource = expected(earlier, "auth://status")
    assert (resource.subject, resource.tool, resource.looked_at) == (
        Subject.RESOURCE,
        None,
        ("answer-exists", "schema"),
    )


def test_the_later_version_looks_for_an_error_inside_and_for_what_its_validation_names(later):
    one = expected(later, "search_catalog.file.no_bucket")
    assert one.looked_at == ("answer-exists", "schema", "content", "result-shape", "error-field")
    assert expected(later, "search_suggest").looked_at == ("answer-exists", "error-field")


def test_discovery_that_passed_shows_that_an_answer_came_and_what_error_it_tells(later):
    good, bad = named(later, "bucket_objects_list"), named(later, "search_suggest")
    assert (good.outcome, good.looked_at, good.seconds, good.told_error) == (
        Outcome.PASSED,
        ("answer-exists",),
        0.8125,
        "",
    )
    assert good.arguments == {"bucket": "quilt-ernest-staging", "prefix": "raw/test/", "max_keys": 5}
    assert good.answer == (
        '{"success": true, "bucket": "quilt-ernest-staging", "objects": [{"key": "raw/test/.timestamp", "size": 27}]}'
    )
    assert (bad.outcome, bad.told_error) == (Outcome.PASSED, "the context is overwritten")
    (note,) = later.notes
    assert note == (
        "the results are those of discovery, which called the tools when the file was generated: "
        "in the process and with the credentials of whoever did that"
    )


def test_discovery_that_failed_or_was_left_out_says_why(later):
    failed, skipped = named(later, "athena_tables_list"), named(later, "bucket_objects_put")
    assert (failed.outcome, failed.error, failed.error_type, failed.timed_out) == (
        Outcome.FAILED,
        "Timeout after 15.0s",
        "timeout",
        True,
    )
    assert (skipped.outcome, skipped.looked_at, skipped.seconds, skipped.timed_out) == (
        Outcome.SKIPPED,
        (),
        None,
        False,
    )
    assert skipped.error.startswith("Skipped during discovery: write operation")


def test_a_loop_is_expected_with_each_of_its_steps(later):
    told = [(one.name, one.tool, one.looked_at) for one in later.expected if one.subject is Subject.LOOP]
    assert told == [
        ("bucket_objects_write", None, ("error-field",)),
        ("bucket_objects_write.1", "bucket_objects_put", ("error-field",)),
        ("bucket_objects_write.2", "bucket_object_fetch", ("expected-error",)),
    ]
    assert expected(later, "bucket_objects_write.1").arguments == {
        "bucket": "quilt-ernest-staging",
        "items": [{"key": "test-loop-{uuid}.txt", "text": "hello"}],
    }


def test_what_cannot_be_read_is_counted_and_the_rest_is_read(read):
    found = read(
        "test_tools:\n  a: [1]\n  b: {arguments: x, effect: 3, validation: 7, discovery: {status: 5}}\n"
        "  c: {arguments: {n: 1.0e+400, m: 007}}\ntool_loops:\n  l: {steps: 4}\n  m: {steps: [x, {tool: t}]}\n"
        "test_resources: 9\n"
    )
    assert found.malformed == 6
    assert [(one.name, one.arguments) for one in found.expected] == [
        ("b", None),
        ("c", {"n": "inf", "m": "007"}),
        ("m", None),
        ("m.2", {}),
    ]
    assert found.notes == ("`test_resources` is no mapping of names",)


def test_what_is_no_configuration_is_refused_in_one_line(read):
    assert "holds no configuration of mcp-test" in refusal(lambda: read("a: 1\n", "mcp_test_config"))
    assert "is not YAML" in refusal(lambda: read("test_tools:\n  a: [\n"))
    assert "holds no configuration of mcp-test" in refusal(lambda: read("test_tools:\n"))


def test_a_secret_in_what_cannot_be_read_is_not_shown(read):
    secret = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJ4In0." + "c2lnbmF0dXJl"
    said = refusal(lambda: read(f"test_tools:\n  {secret}: {{}}\n  {secret}: {{}}\n"))
    assert "appears twice in one object" in said
    assert "c2lnbmF0" not in said
