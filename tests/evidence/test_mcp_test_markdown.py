"""Results that somebody wrote up in Markdown: the failures by name, the passes by number."""

from __future__ import annotations

import pytest

from iamsim import evidence
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, named, refusal

PAGE = FOLDER / "mcp_test_markdown" / "quilt-2026-01.md"
TEXT = PAGE.read_text(encoding="utf-8")
WAITED = "HTTP request failed: HTTPConnectionPool(host='localhost', port=8002): Read timed out. (read timeout=10)"


@pytest.fixture(scope="module")
def page():
    return evidence.read(str(PAGE))


def test_the_page_is_recognised_and_its_totals_are_those_in_its_bullets(page):
    assert page.format == "mcp_test_markdown"
    assert page.stated == {
        "tools passed": 51,
        "tools tested": 55,
        "tools failed": 4,
        "resources passed": 15,
        "resources tested": 15,
    }
    assert page.notes == (
        "51 tools passed by the totals, and none is named",
        "15 resources passed by the totals, and none is named",
    )


def test_a_failure_that_is_described_has_every_field(page):
    one = named(page, "discover_permissions")
    assert (one.outcome, one.subject, one.tool) == (Outcome.FAILED, Subject.TOOL, "discover_permissions")
    assert one.arguments == {"check_buckets": ["quilt-ernest-staging"]}
    assert (one.error, one.error_type, one.timed_out) == (WAITED, "Exception", True)
    assert (one.looked_at, one.seconds, one.at, one.count) == (("answer-exists",), None, None, 1)
    assert TEXT.splitlines()[one.origin.line - 1] == "Tool: discover_permissions"


def test_variations_are_one_result_that_was_seen_so_often_and_what_follows_is_no_part_of_it(page):
    one = named(page, "search_catalog")
    assert (one.tool, one.count, one.outcome, one.arguments) == ("search_catalog", 3, Outcome.FAILED, None)
    assert (one.error, one.error_type) == (
        "Smart validation failed: Expected at least 1 results, got 0",
        "ValidationError",
    )
    assert (one.looked_at, one.timed_out) == (("min-results",), False)
    assert len(page.results) == 2


def test_a_failure_without_a_tool_has_the_name_of_its_heading(read):
    found = read("## `package_browse` again\n\n- **Error**: Access denied\n- **Error Type**: Exception\n\n## Else\n")
    assert [(one.name, one.error, one.error_type) for one in found.results] == [
        ("package_browse", "Access denied", "Exception")
    ]


def test_details_without_any_name_and_code_that_looks_alike_are_no_result(read):
    found = read("# Totals\n\n3 of 4 tools passed\n\n## Why\n\nError: none\n\nTool: only_a_name\n", "mcp_test_markdown")
    assert found.results == ()
    assert found.stated == {"tools passed": 3, "tools tested": 4}


def test_an_input_that_does_not_end_is_left_out_and_noted(read):
    found = read(TEXT.replace('  "check_buckets": ["quilt-ernest-staging"]\n}\n', '  "check_buckets": [\n'))
    assert named(found, "discover_permissions").arguments is None
    assert named(found, "discover_permissions").error == WAITED
    assert "the input of `discover_permissions` is not whole, and left out" in found.notes


def test_totals_that_the_failures_contradict_are_noted(read):
    found = read(TEXT.replace("4 tools failed", "5 tools failed").replace("51/55", "50/55"))
    assert "the totals say 5 tools failed, the lines show 4" in found.notes


def test_two_totals_that_differ_are_noted(read):
    found = read(TEXT + "\n## Later\n\n52/55 tools passed\n")
    assert found.stated["tools passed"] == 52
    assert "two totals are printed of tools passed: 51 and 52; more than one run is in the file" in found.notes


def test_totals_below_a_heading_that_tells_of_what_they_are_read(read):
    found = read(
        "# Failures\n\n### Tools (24 tested, 31 skipped)\n- ✅ **12 passed** (50%)\n- ❌ **12 failed** (50%)\n"
        "- ⏭️ **31 skipped** (not idempotent)\n\n### Resources (15 tested)\n- ✅ **15 passed**\n\n"
        "### Category 1\n- 5 failed\n"
    )
    assert found.stated == {
        "tools tested": 24,
        "tools passed": 12,
        "tools failed": 12,
        "tools skipped": 31,
        "resources tested": 15,
        "resources passed": 15,
    }
    assert found.notes[-1] == "15 resources passed by the totals, and none is named"


def test_a_page_about_something_else_is_not_taken(read):
    assert "is in no format of evidence" in refusal(lambda: read("# Title\n\nsome prose\n"))
    assert "describes no result of mcp-test" in refusal(lambda: read("# Title\n\nsome prose\n", "mcp_test_markdown"))
