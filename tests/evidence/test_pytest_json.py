"""What pytest writes as JSON, in one report or line by line, tells each test once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from iamsim import evidence
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, named, refusal

REPORT = FOLDER / "pytest_json" / "report.json"
LOG = FOLDER / "pytest_json" / "log.jsonl"
DENIED = (
    "test_server.ClientError: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied"
)
ASSUMED = "Role assumption failed for arn:aws:iam::111122223333:role/reader: Unable to locate credentials"


@pytest.fixture(scope="module", params=[REPORT, LOG], ids=["report", "log"])
def found(request):
    return evidence.read(str(request.param))


def lines(*reports: dict) -> str:
    return "".join(json.dumps({"$report_type": "TestReport", **report}) + "\n" for report in reports)


def phase(when: str, outcome: str = "passed", name: str = "t", **more: object) -> dict:
    return {"nodeid": name, "when": when, "outcome": outcome, "longrepr": None, "sections": [], **more}


FINISH = {"$report_type": "SessionFinish", "exitstatus": 0}


def test_every_test_has_the_outcome_that_pytest_printed(found):
    assert found.format == "pytest_json"
    assert [(one.name.partition("::")[2], one.outcome) for one in found.results] == [
        ("test_status", Outcome.PASSED),
        ("TestBuckets::test_list", Outcome.FAILED),
        ("TestBuckets::test_search", Outcome.FAILED),
        ("test_assume", Outcome.SKIPPED),
        ("test_known", Outcome.SKIPPED),
        ("test_fixed", Outcome.PASSED),
        ("test_permissions", Outcome.FAILED),
        ("test_put", Outcome.FAILED),
        ("test_scope[file]", Outcome.PASSED),
        ("test_scope[package]", Outcome.FAILED),
    ]
    assert {one.subject for one in found.results} == {Subject.TEST}
    assert (found.notes, found.malformed) == ((), 0)


def test_a_failure_has_its_error_first_and_its_type_and_what_was_logged(found):
    one = named(found, "test_server.py::TestBuckets::test_list")
    assert one.error.splitlines()[0] == DENIED
    assert (one.error_type, one.timed_out, one.tool) == ("test_server.ClientError", False, None)
    assert ASSUMED in one.output
    assert 0 < one.seconds < 1
    waited = named(found, "test_server.py::test_permissions")
    assert waited.error.splitlines()[0] == "TimeoutError: Read timed out. (read timeout=10)"
    assert (waited.error_type, waited.timed_out, waited.seconds) == ("TimeoutError", True, None)
    assert "no role to assume" in named(found, "test_server.py::test_assume").error
    assert "authenticated: False" in named(found, "test_server.py::test_status").output


def test_a_property_tells_the_tool(found):
    assert named(found, "test_server.py::test_scope[package]").tool == "search_catalog"
    assert named(found, "test_server.py::test_status").tool is None


def test_a_report_states_totals_and_a_log_tells_lines_and_moments():
    report, log = evidence.read(str(REPORT)), evidence.read(str(LOG))
    assert report.stated == {"tests": 10, "tests passed": 3, "tests failed": 5, "tests skipped": 2}
    assert named(report, "test_server.py::test_put").origin.pointer == "/tests/7"
    one = named(log, "test_server.py::TestBuckets::test_list")
    assert '"when": "call"' in LOG.read_text(encoding="utf-8").splitlines()[one.origin.line - 1]
    assert one.at.replace(microsecond=0) == datetime(2026, 11, 26, 5, 59, 34, tzinfo=UTC)


def test_totals_that_the_tests_contradict_are_noted(read):
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    report["tests"] = [*report["tests"][:5], 7]
    found = read(json.dumps(report))
    assert found.malformed == 1
    assert "the totals say 10 tests, the file shows 5" in found.notes
    del report["tests"]
    assert "the totals say 10 tests, the file shows 0" in read(json.dumps(report)).notes


def test_what_could_not_be_collected_is_noted(read):
    broken = {"nodeid": "test_a.py", "outcome": "failed", "longrepr": "ImportError: no module named boto3"}
    said = "`test_a.py` could not be collected: ImportError: no module named boto3"
    log = lines(FINISH, {"$report_type": "CollectReport", **broken}, *map(phase, ("setup", "call", "teardown")))
    assert read(log).notes == (said,)
    report = {"exitcode": 2, "root": "/", "summary": {"total": 0}, "tests": [], "collectors": [broken]}
    assert said in read(json.dumps(report)).notes


def test_a_test_that_is_run_again_counts_once_and_the_last_time(read):
    found = read(
        lines(phase("setup"), phase("call", "rerun"), phase("teardown"))
        + lines(phase("setup"), phase("call"), phase("teardown"), FINISH)
    )
    assert [(one.name, one.outcome) for one in found.results] == [("t", Outcome.PASSED)]


def test_tests_of_several_workers_are_kept_apart(read):
    found = read(
        lines(phase("setup", name="a"), phase("setup", name="b"), phase("call", "failed", name="b"))
        + lines(phase("call", name="a"), phase("teardown", name="b"), phase("teardown", "failed", name="a"), FINISH)
    )
    assert {one.name: one.outcome for one in found.results} == {"a": Outcome.FAILED, "b": Outcome.FAILED}


def test_a_log_that_is_cut_says_which_outcome_is_not_told(read):
    whole = lines(phase("setup", name="a"), phase("call", name="a"), phase("setup", name="b"))
    found = read(whole + '{"$report_type": "TestRep')
    assert [(one.name, one.outcome) for one in found.results] == [("a", Outcome.PASSED), ("b", Outcome.UNKNOWN)]
    assert found.malformed == 1
    assert found.notes == (
        "the outcome of `b` is not told: the log is cut there",
        "the log ends before the session does",
    )


def test_values_of_other_types_than_pytest_writes_are_no_failure_of_the_reader(read):
    odd = [None, 7, "x", [], [[]], {}, {"reprcrash": 5, "reprtraceback": {"reprentries": [1, {"data": 3}]}}]
    reports = [
        phase(
            "call", "failed", name=f"t{number}", longrepr=value, sections=value, user_properties=value, duration=value
        )
        for number, value in enumerate(odd)
    ]
    found = read(lines(*reports, phase(7), {"nodeid": 3, "when": "call"}))
    assert [one.outcome for one in found.results] == [Outcome.FAILED] * len(odd)
    assert found.malformed == 2
    tests = [
        {"nodeid": "t", "outcome": value, "call": value, "setup": {"outcome": "failed", "log": value}} for value in odd
    ]
    report = {"exitcode": 1, "root": "", "summary": {"total": True}, "tests": tests, "collectors": [7, {}]}
    assert {one.outcome for one in read(json.dumps(report)).results} == {Outcome.UNKNOWN}


def test_the_arguments_of_a_log_record_are_not_put_in(read):
    record = {"levelname": "INFO", "name": "a", "msg": "%1000000000d", "args": [1]}
    tests = [{"nodeid": "t", "outcome": "passed", "call": {"outcome": "passed", "log": [record]}}]
    report = {"exitcode": 0, "root": "", "summary": {"total": 1, "passed": 1}, "tests": tests}
    assert read(json.dumps(report)).results[0].output == "INFO:a:%1000000000d [1]"


def test_what_is_no_report_is_refused(read):
    assert "is not JSON" in refusal(lambda: read("{", "pytest_json"))
    assert "holds no test of pytest" in refusal(lambda: read("[]", "pytest_json"))
    assert "holds no test of pytest" in refusal(lambda: read('{"$report_type": "SessionStart"}\n'))
