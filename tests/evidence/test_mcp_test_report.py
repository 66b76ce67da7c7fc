"""A report of mcp-test is read with every field, and one that is cut or mixed up never says more than it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from iamsim import evidence
from iamsim.evidence._prefixes import plain_lines
from iamsim.evidence.mcp_test_report import _ANCHOR
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, REAL_REPORT, count, named, refusal

TEXT = REAL_REPORT.read_text(encoding="utf-8")
LINES = TEXT.splitlines(keepends=True)
LOOPS = (FOLDER / "mcp_test_report" / "loops.txt").read_text(encoding="utf-8")
SEARCHED = "Smart validation failed: Expected at least 1 results, got 0"
WAITED = "HTTP request failed: HTTPConnectionPool(host='localhost', port=8002): Read timed out. (read timeout=10)"


@pytest.fixture(scope="module")
def real():
    return evidence.read(str(REAL_REPORT))


@pytest.fixture(scope="module")
def loops():
    return evidence.read(str(FOLDER / "mcp_test_report" / "loops.txt"))


def test_the_real_report_is_recognised_and_has_55_tools_and_15_resources(real):
    assert real.format == "mcp_test_report"
    assert [count(real, Subject.TOOL, outcome) for outcome in Outcome] == [51, 4, 0, 0]
    assert [count(real, Subject.RESOURCE, outcome) for outcome in Outcome] == [15, 0, 0, 0]
    assert len(real.results) == 70
    assert len({(one.subject, one.name) for one in real.results}) == 70


def test_the_totals_of_the_real_report_are_those_that_it_prints(real):
    assert real.stated == {
        "tools": 55,
        "tools tested": 55,
        "tools passed": 51,
        "tools failed": 4,
        "resources": 15,
        "resources tested": 15,
        "resources passed": 15,
        "resources failed": 0,
        "resources skipped": 0,
        "static resources": 15,
        "resource templates": 0,
    }
    assert real.notes == (
        "nothing shows that this mcp-test looked for an error inside the answers: a pass is taken to say that an answer came",
    )


def test_the_time_out_of_the_real_report_has_every_field(real):
    one = named(real, "discover_permissions")
    assert (one.outcome, one.subject, one.tool) == (Outcome.FAILED, Subject.TOOL, "discover_permissions")
    assert one.arguments == {"check_buckets": ["quilt-ernest-staging"]}
    assert (one.error, one.error_type, one.timed_out) == (WAITED, "Exception", True)
    assert (one.seconds, one.at) == (10.0, datetime(2026, 11, 23, 18, 10, 35))  # noqa: DTZ001 - the report tells no zone
    assert (one.looked_at, one.answer, one.told_error, one.count) == (("answer-exists",), "", "", 1)
    assert (one.origin.document, one.origin.line) == (str(REAL_REPORT), 186)


@pytest.mark.parametrize(
    ("variant", "query", "line"),
    [("global", "README.md", 244), ("file", "README.md", 251), ("package", "raw/test", 258)],
)
def test_an_empty_search_of_the_real_report_has_every_field(real, variant, query, line):
    one = named(real, f"search_catalog.{variant}.no_bucket")
    assert (one.outcome, one.subject, one.tool) == (Outcome.FAILED, Subject.TOOL, "search_catalog")
    assert one.arguments == {"query": query, "limit": 10, "scope": variant, "bucket": ""}
    assert (one.error, one.error_type, one.timed_out) == (SEARCHED, "ValidationError", False)
    assert (one.seconds, one.at) == (0.0, datetime(2026, 11, 23, 18, 10, 50))  # noqa: DTZ001 - as above
    assert (one.looked_at, one.origin.line) == (("answer-exists", "schema", "min-results"), line)


def test_a_pass_of_the_real_report_says_what_it_looked_at_and_how_long_it_took(real):
    one = named(real, "bucket_objects_list")
    assert (one.outcome, one.tool, one.seconds) == (Outcome.PASSED, "bucket_objects_list", 2.0)
    assert (one.looked_at, one.arguments, one.error, one.error_type) == (("answer-exists", "schema"), None, "", "")
    slow = {one.name: one.seconds for one in real.results if one.seconds}
    assert slow == {
        "bucket_objects_list": 2.0,
        "athena_query_execute": 4.0,
        "discover_permissions": 10.0,
        "package_browse": 3.0,
        "package_diff": 2.0,
        "athena://databases": 4.0,
        "athena://workgroups": 2.0,
        "athena://query/history": 2.0,
        "tabulator://buckets": 1.0,
    }


def test_the_later_version_looks_for_an_error_inside_the_answer(loops):
    passed, refused = named(loops, "bucket_objects_list"), named(loops, "package_browse")
    assert passed.looked_at == ("answer-exists", "schema", "error-field")
    assert named(loops, "search_catalog.file.bucket").looked_at == (
        "answer-exists",
        "schema",
        "min-results",
        "error-field",
    )
    assert (refused.outcome, refused.error_type) == (Outcome.FAILED, "ErrorResponse")
    assert refused.looked_at == ("answer-exists", "error-field")
    assert refused.error == (
        "Tool returned error response: 1 validation error for call[package_browse]\n"
        "package_name\n"
        "  Missing required argument [type=missing_argument, input_value={}, input_type=dict]\n"
        "    For further information visit https://errors.pydantic.dev/2.12/v/missing_argument"
    )
    assert loops.notes == ()


def test_arguments_that_are_not_printed_among_whole_details_are_none(loops):
    assert named(loops, "package_browse").arguments == {}
    assert named(loops, "bucket_objects_list").arguments is None


def test_an_error_of_several_lines_and_an_input_with_a_brace_in_a_text_are_whole(loops):
    one = named(loops, "search_catalog.global.bucket")
    assert one.arguments == {"query": "README.md", "filter": {"note": "a brace } in a text"}}
    assert one.error == (
        "Smart validation failed: Must find README.md\n"
        "  Expected: 'README.md' in field 'title'\n"
        "  Match type: substring\n"
        "  Searched 2 results"
    )
    assert one.looked_at == ("answer-exists", "schema", "content")


def test_a_loop_is_a_result_and_so_is_each_of_its_steps(loops):
    told = [(one.name, one.tool, one.outcome, one.error) for one in loops.results if one.subject is Subject.LOOP]
    denied = "Access denied to the registry"
    assert told == [
        ("package_lifecycle", None, Outcome.FAILED, f"failed at step 2: package_update\n{denied}"),
        ("package_lifecycle.1", "package_create_from_s3", Outcome.PASSED, ""),
        ("package_lifecycle.2", "package_update", Outcome.FAILED, denied),
        ("package_lifecycle.3", "package_browse", Outcome.SKIPPED, ""),
        ("package_lifecycle.4", "package_delete", Outcome.PASSED, ""),
        ("admin_user_basic", None, Outcome.PASSED, ""),
        ("admin_user_basic.1", "admin_user_get", Outcome.PASSED, ""),
    ]
    assert named(loops, "package_lifecycle.4").told_error == "no such package"
    assert named(loops, "package_lifecycle.1").seconds == 4.0


def test_a_loop_that_is_listed_for_each_step_that_failed_is_one_result_beside_its_steps():
    found = evidence.read(str(FOLDER / "mcp_test_report" / "steps.txt"))
    missing, refused = "No role exists by the provided name", "1 validation error for call[bucket_object_fetch]"
    refused += "\ns3_uri\nString should match pattern '^s3://.+'"
    assert [(one.name, one.tool, one.error) for one in found.results if one.subject is Subject.LOOP] == [
        ("admin_user_basic.1", "admin_user_create", missing),
        ("admin_user_basic", None, f"failed at step 1: admin_user_create\n{missing}"),
        ("admin_user_basic.3", "admin_user_delete", "User not found: None"),
        ("bucket_objects_write.2", "bucket_object_fetch", refused),
        ("bucket_objects_write", None, f"failed at step 2: bucket_object_fetch\n{refused}"),
    ]
    assert {one.outcome for one in found.results} == {Outcome.FAILED}
    assert named(found, "admin_user_basic.1").looked_at == ("error-field",)
    assert found.notes == (
        "1 tools passed by the totals, and none is named",
        "11 loops passed by the totals, and none is named",
        "the totals say 3 loops failed, the lines show 2",
    )


def test_a_resource_fails_with_or_without_its_name_and_may_be_skipped(loops):
    told = {
        one.name: (one.outcome, one.error, one.timed_out) for one in loops.results if one.subject is Subject.RESOURCE
    }
    assert told == {
        "auth://status": (Outcome.PASSED, "", False),
        "admin://users": (Outcome.FAILED, "Schema validation failed: 'items' is a required property", False),
        "workflow://workflows": (Outcome.SKIPPED, "Resource not available from server (may be mode-restricted)", False),
        "athena://databases": (Outcome.FAILED, WAITED.replace("timeout=10", "timeout=60"), True),
    }
    assert loops.stated["resources skipped"] == 1
    assert (loops.stated["tools in loops"], loops.stated["tools skipped"], loops.stated["loops failed"]) == (3, 1, 1)


def test_a_report_with_totals_of_skipped_tools_is_counted_as_it_says(read):
    found = read("📊 TEST SUITE SUMMARY\n\n🔧 TOOLS (Tested 24/55 tested, 31 skipped)\n   ✅ 24 passed\n")
    assert found.stated == {"tools tested": 24, "tools": 55, "tools skipped": 31, "tools passed": 24, "tools failed": 0}
    assert found.notes == ("24 tools passed by the totals, and none is named",)


def test_a_summary_alone_tells_its_failures_by_name_and_its_passes_by_number(read):
    found = read(TEXT[TEXT.index("📊 TEST SUITE SUMMARY") :])
    assert [one.name for one in found.results] == [
        "discover_permissions",
        *(f"search_catalog.{variant}.no_bucket" for variant in ("global", "file", "package")),
    ]
    assert found.results[0].arguments == {"check_buckets": ["quilt-ernest-staging"]}
    assert found.results[1].looked_at == ("min-results",)
    assert found.stated["tools passed"] == 51
    assert found.notes == (
        "51 tools passed by the totals, and none is named",
        "15 resources passed by the totals, and none is named",
    )


# ---------------------------------------------------------------- what CI systems do to a report


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-11-23T18:10:29.1234567Z ",
        "2026-11-23T18:10:29.123456Z 00O ",
        "[integration] ",
        "[CI/tests]   | ",
        "mcp-test-1  | ",
        "tests\tRun mcp-test\t2026-11-23T18:10:29.1234567Z ",
        "\x1b[36mmcp-test-1  |\x1b[0m ",
        "[integration] 2026-11-23T18:10:29.1234567Z ",
    ],
)
def test_what_a_ci_system_writes_before_each_line_changes_nothing(read, real, prefix):
    found = read("".join(prefix + line for line in LINES))
    assert found.format == "mcp_test_report"
    assert [(one, one.origin.line) for one in _without_places(found)] == [
        (one, one.origin.line) for one in _without_places(real)
    ]
    assert (found.stated, found.notes) == (real.stated, real.notes)


def test_colours_and_line_ends_of_windows_change_nothing(read, real):
    coloured = TEXT.replace("✅", "\x1b[32m✅\x1b[0m").replace("PASSED", "\x1b[1;32mPASSED\x1b[0m")
    found = read(coloured.replace("\n", "\r\n"))
    assert _without_places(found) == _without_places(real)


def test_nothing_is_taken_from_a_line_that_only_looks_prefixed():
    text = "--- Testing tool: a ---\n   [bucket] | denied\n"
    lines = enumerate(text.splitlines(), 1)
    assert list(plain_lines(lines, text, _ANCHOR)) == [(1, "--- Testing tool: a ---"), (2, "   [bucket] | denied")]


def test_signs_that_an_encoding_spoiled_do_not_hide_an_outcome(read):
    spoiled = TEXT.replace("✅", "âœ…").replace("❌", "?").replace("📊", "ðŸ“Š")
    found = read(spoiled, "mcp_test_report")
    assert [count(found, Subject.TOOL, outcome) for outcome in Outcome] == [51, 4, 0, 0]
    assert named(found, "discover_permissions").error == WAITED


# ---------------------------------------------------------------- cut and mixed


def test_a_report_that_ends_within_a_test_says_that_its_outcome_is_not_told(read):
    end = TEXT.index("❌ discover_permissions: FAILED")
    found = read(TEXT[:end])
    one = named(found, "discover_permissions")
    assert (one.outcome, one.error, one.seconds) == (Outcome.UNKNOWN, "", None)
    assert count(found, Subject.TOOL, Outcome.PASSED) == 29
    assert found.stated == {}
    assert found.notes[:3] == (
        "the outcome of `discover_permissions` is not told: the report is cut there, or after it",
        "55 tools were to be tested, and the outcome of 29 stands in the report",
        "the report ends before its summary, so that errors may be told in part",
    )


def test_lines_that_are_missing_in_the_middle_make_totals_and_lines_disagree(read):
    found = read(
        TEXT[: TEXT.index("--- Testing tool: catalog_uri")] + TEXT[TEXT.index("--- Testing tool: get_resource") :]
    )
    assert "the totals say 51 tools passed, the lines show 44" in found.notes
    assert named(found, "discover_permissions").error == WAITED


def test_an_input_that_is_cut_is_left_out_and_noted(read):
    found = read(TEXT.replace('         "limit": 10,\n         "scope": "file",\n         "bucket": ""\n}\n', ""))
    one = named(found, "search_catalog.file.no_bucket")
    assert (one.arguments, one.error) == (None, SEARCHED)
    assert "the input of `search_catalog.file.no_bucket` is cut, and left out" in found.notes
    assert named(found, "search_catalog.package.no_bucket").arguments is not None


def test_two_runs_one_after_the_other_are_noted(read):
    found = read(TEXT + TEXT)
    assert count(found, Subject.TOOL, Outcome.PASSED) == 102
    assert "70 names were tested more than once: more than one run is in the file" in found.notes
    assert "the totals say 51 tools passed, the lines show 102" in found.notes
    assert [one.error for one in found.results if one.name == "discover_permissions"] == [WAITED, WAITED]


def test_two_runs_mixed_line_by_line_keep_each_outcome_with_its_name(read):
    other = LOOPS.splitlines(keepends=True)
    mixed = [line for pair in zip(LINES, other, strict=False) for line in pair] + LINES[len(other) :]
    found = read("".join(mixed))
    assert named(found, "discover_permissions").error == WAITED
    assert {one.outcome for one in found.results if one.name == "package_browse"} == {Outcome.PASSED, Outcome.FAILED}
    assert "tests overlap, as if two outputs were mixed: an error or a time may belong to another test" in found.notes
    assert any(note.startswith("two totals are printed of tools passed: ") for note in found.notes)


def test_a_server_log_between_the_lines_becomes_no_part_of_an_error(read):
    cut = TEXT[: TEXT.index("📊 Test Results")]
    logged = "ERROR:app.auth:Role assumption failed for x: Unable to locate credentials\n"
    found = read(
        cut.replace("(read timeout=10)\n", "(read timeout=10)\n" + logged).replace("got 0\n", "got 0\n" + logged)
    )
    assert named(found, "discover_permissions").error == WAITED
    assert named(found, "search_catalog.file.no_bucket").error == "Expected at least 1 results, got 0"


def test_a_summary_that_contradicts_a_line_is_noted_and_both_are_kept(read):
    found = read(TEXT.replace("❌ discover_permissions: FAILED - HTTP", "✅ discover_permissions: PASSED\n HTTP"))
    outcomes = [one.outcome for one in found.results if one.name == "discover_permissions"]
    assert outcomes == [Outcome.PASSED, Outcome.FAILED]
    assert "the summary says that `discover_permissions` failed, its line says passed" in found.notes


@pytest.mark.parametrize(("text", "step"), [(TEXT, 7), (LOOPS, 2)], ids=["real", "loops"])
def test_a_report_cut_at_any_line_never_says_more_than_its_lines(read, text, step):
    whole = {(one.subject, one.name): one for one in read(text, "mcp_test_report").results}
    lines = text.splitlines(keepends=True)
    for end in range(1, len(lines), step):
        for part in (lines[:end], lines[end:]):
            try:
                found = read("".join(part), "mcp_test_report")
            except evidence.InputError as error:
                assert "holds no report of mcp-test" in str(error)  # noqa: PT017 - either is right
                continue
            for one in found.results:
                # The name of a step begins with that of its loop, which may be cut off.
                known = whole.get((one.subject, one.name)) or next(
                    of for of in whole.values() if (of.subject, of.tool) == (one.subject, one.tool)
                )
                assert one.outcome in (known.outcome, Outcome.UNKNOWN)
                assert one.arguments in (None, known.arguments)
                assert not one.error or one.error in known.error or known.error.startswith(one.error)
            if len(found.results) < len(whole):
                assert found.notes


def test_a_file_without_a_report_is_refused(read):
    assert refusal(lambda: read("nothing here\n", "mcp_test_report")).endswith(
        "holds no report of mcp-test; give what mcp-test printed"
    )
    assert "is in no format of evidence" in refusal(lambda: read("nothing here\n"))


def _without_places(found):
    return [replace(one, origin=replace(one.origin, document="")) for one in found.results]
