from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from iamsim.model.report import Report
from iamsim.renderers import RenderOptions, renderer
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)


def issues(report: Report) -> list[dict[str, Any]]:
    text = renderer("gitlab").render(report, RenderOptions())
    assert all(character.isprintable() or character == "\n" for character in text)
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_every_issue_has_what_gitlab_asks_for(report):
    found = issues(report)
    assert len(found) == len(report.findings) + len(report.policies)
    for issue in found:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in found}) == len(found)


def test_a_gap_stands_at_its_statement():
    issue = issues(real("quilt-session-tags"))[0]
    assert (issue["check_name"], issue["severity"]) == ("assume-denied", "blocker")
    assert issue["location"] == {"path": "roles/quilt-tenant/trust.json", "lines": {"begin": 8}}
    assert issue["description"].startswith("sts:TagSession on arn:aws:iam::111122223333:role/quilt-tenant is denied to")
    assert issue["description"].endswith("fix: allow sts:TagSession in the trust policy and in the server's own policy")


def test_what_is_in_no_file_stands_in_the_first_line_of_the_settings():
    issue = issues(real("quilt-no-credentials"))[0]
    assert issue["location"] == {"path": "iamsim.toml", "lines": {"begin": 1}}
    assert issues(reports.no_credentials())[0]["location"]["path"] == "iamsim.toml"


def test_a_note_is_no_more_than_information():
    (note,) = (issue for issue in issues(real("quilt-fixed")) if issue["check_name"] == "unneeded-permissions")
    assert note["severity"] == "info"


def test_the_fingerprint_hangs_on_the_key_alone():
    finding = reports.refused().findings[0]
    moved = replace(finding, message="in other words", origins=())
    prints = [
        issues(replace(reports.fixed(), findings=(each,)))[0]["fingerprint"]
        for each in (finding, moved, replace(finding, key="another"))
    ]
    assert prints[0] == prints[1] != prints[2]
