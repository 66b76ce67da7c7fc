"""JUnit's XML of any maker is read test by test, and an XML that attacks its reader is refused."""

from __future__ import annotations

import tracemalloc

import pytest

from iamsim import evidence
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, named, refusal

PYTEST = FOLDER / "junit_xml" / "pytest.xml"
DENIED = "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied"


@pytest.fixture(scope="module")
def report():
    return evidence.read(str(PYTEST))


def suite(*cases: str, attributes: str = "") -> str:
    return f'<?xml version="1.0"?>\n<testsuite name="s"{attributes}>\n' + "\n".join(cases) + "\n</testsuite>\n"


def test_a_report_of_pytest_has_every_test_with_its_outcome(report):
    assert report.format == "junit_xml"
    assert [(one.name, one.outcome) for one in report.results] == [
        ("test_server.test_status", Outcome.PASSED),
        ("test_server.TestBuckets.test_list", Outcome.FAILED),
        ("test_server.TestBuckets.test_search", Outcome.FAILED),
        ("test_server.test_assume", Outcome.SKIPPED),
        ("test_server.test_known", Outcome.SKIPPED),
        ("test_server.test_fixed", Outcome.PASSED),
        ("test_server.test_permissions", Outcome.FAILED),
        ("test_server.test_put", Outcome.FAILED),
        ("test_server.test_scope[file]", Outcome.PASSED),
        ("test_server.test_scope[package]", Outcome.FAILED),
    ]
    assert {one.subject for one in report.results} == {Subject.TEST}
    assert report.stated == {"tests": 10, "tests failed": 5, "tests skipped": 2}
    assert report.notes == ()


def test_a_failure_has_its_error_its_type_its_time_its_output_and_its_place(report):
    one = named(report, "test_server.TestBuckets.test_list")
    assert DENIED in one.error
    assert one.error.endswith("test_server.py:13: ClientError")
    assert "Role assumption failed for arn:aws:iam::111122223333:role/reader: Unable to locate" in one.output
    assert (one.seconds, one.timed_out, one.tool) == (0.001, False, None)
    assert PYTEST.read_text(encoding="utf-8").splitlines()[one.origin.line - 1].count("test_list") == 1
    waited = named(report, "test_server.test_permissions")
    assert (waited.error_type, waited.timed_out) == ("TimeoutError", True)
    assert waited.error.startswith('failed on setup with "TimeoutError: Read timed out. (read timeout=10)"')
    assert named(report, "test_server.TestBuckets.test_search").error_type == "AssertionError"


def test_a_property_tells_the_tool(report):
    assert named(report, "test_server.test_scope[package]").tool == "search_catalog"


@pytest.mark.parametrize(
    ("case", "outcome", "error"),
    [
        ('<testcase name="t" status="run" result="completed" time="1,234.5"/>', Outcome.PASSED, ""),
        ('<testcase name="t" status="notrun"/>', Outcome.SKIPPED, ""),
        ('<testcase name="t"><error type="E">why</error></testcase>', Outcome.FAILED, "why"),
        ('<testcase name="t"><failure message="a">b</failure></testcase>', Outcome.FAILED, "a\nb"),
        (
            '<testcase name="t"><failure message="a"><![CDATA[says a]]></failure></testcase>',
            Outcome.FAILED,
            "a\nsays a",
        ),
        ('<testcase name="t"><flakyFailure message="a"/></testcase>', Outcome.PASSED, ""),
        (
            '<testcase name="t"><failure message="a"/><rerunFailure><stackTrace>c</stackTrace></rerunFailure></testcase>',
            Outcome.FAILED,
            "a\nc",
        ),
        ('<testcase name="t"><skipped/><failure message="a"/></testcase>', Outcome.FAILED, "a"),
        ('<testcase name="t"><failure message="a"/><skipped message="b"/></testcase>', Outcome.FAILED, "a"),
        ('<testcase name="t"><properties><property name="x" value="y"/></properties></testcase>', Outcome.PASSED, ""),
    ],
)
def test_other_makers_dialects_are_read(read, case, outcome, error):
    (one,) = read(suite(case)).results
    assert (one.name, one.outcome, one.error) == ("t", outcome, error)


def test_totals_are_those_of_the_outermost_suites_and_what_contradicts_them_is_noted(read):
    inner = '<testsuite tests="1" failures="0"><testcase name="a" classname="c"/></testsuite>'
    assert read(f'<testsuites tests="2" failures="0" errors="0">{inner}{inner}</testsuites>').notes == ()
    assert read(f"<testsuites>{inner}{inner}</testsuites>").stated["tests"] == 2
    found = read(f'<testsuites tests="3" failures="1">{inner}{inner}</testsuites>')
    assert found.notes == (
        "the totals say 3 tests, the file shows 2",
        "the totals say 1 tests failed, the file shows 0",
    )


def test_a_file_that_breaks_off_is_read_until_there(read):
    whole = suite('<testcase name="a"/>', '<testcase name="b">', "<failure>x</failure></testcase>")
    found = read(whole[: whole.index("<failure")])
    assert [(one.name, one.outcome) for one in found.results] == [("a", Outcome.PASSED), ("b", Outcome.UNKNOWN)]
    assert found.notes == ("the XML breaks off at line 5, and is read until there",)
    found = read(whole[: whole.index("</failure")])
    assert [(one.name, one.outcome, one.error) for one in found.results][1] == ("b", Outcome.FAILED, "x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_encoding_is_the_one_that_the_file_declares(read, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="é"/></testsuite>'
    assert read(text.encode(encoding)).results[0].name == "é"


def test_a_document_type_is_refused_whatever_it_declares(read):
    for declared in (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ):
        said = refusal(lambda declared=declared: read(f'{declared}<testsuite><testcase name="&a;"/></testsuite>'))
        assert "declares a document type, which is not read" in said


def test_what_only_looks_like_it_is_refused(read):
    assert "is no XML of JUnit" in refusal(lambda: read("<testsuite", "junit_xml"))
    assert "is no XML of JUnit" in refusal(lambda: read("no XML", "junit_xml"))
    assert "holds no test" in refusal(lambda: read("<testsuite/>"))
    assert "nested too deeply" in refusal(lambda: read("<testsuite>" * 5000))
    assert read(suite("<testcase/>", '<testcase name="a"/>')).malformed == 1


def test_a_value_without_end_is_given_up(read, monkeypatch):
    monkeypatch.setattr("iamsim.evidence.junit_xml._PIECE", 1024)
    monkeypatch.setattr("iamsim.evidence.junit_xml._LONGEST_TOKEN", 4096)
    assert "holds a part that is too long" in refusal(lambda: read(suite(f'<testcase name="{"x" * 20000}"/>')))


def test_memory_does_not_grow_with_what_is_printed(tmp_path):
    path = tmp_path / "big.xml"
    path.write_text(
        suite(f'<testcase name="a"><system-out>{("y" * 50 + "<!-- -->") * 150_000}</system-out></testcase>')
    )
    tracemalloc.start()
    try:
        found = evidence.read(str(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.results[0].output) == 2000
    assert peak < path.stat().st_size
