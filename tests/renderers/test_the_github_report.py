from __future__ import annotations

import re
from dataclasses import replace

import pytest

from iamsim.model.finding import Kind, Severity
from iamsim.model.origin import Origin
from iamsim.model.report import Report
from iamsim.renderers import RenderOptions, renderer
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)
COMMAND = re.compile(
    r"::(?P<level>error|warning|notice) (?:file=[^,:\n]+,(?:line=\d+,(?:col=\d+,)?)?)?title=[^,:\n]+::(?P<text>[^\n]+)"
)


def shown(report: Report) -> str:
    return renderer("github").render(report, RenderOptions())


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_each_finding_is_one_command_and_the_errors_stand_first(report):
    lines = shown(report).splitlines()
    found = [COMMAND.fullmatch(each) for each in lines]
    assert all(found)
    assert len(lines) == len(report.findings) + len(report.policies)
    levels = [match["level"] for match in found if match]
    assert levels == sorted(levels, key=("error", "warning", "notice").index)


def test_a_gap_is_an_error_at_its_line():
    first = shown(real("quilt-session-tags")).splitlines()[0]
    assert first.startswith(
        "::error file=roles/quilt-tenant/trust.json,line=8,col=7,title=iamsim%3A assume-denied::"
        "sts:TagSession on arn:aws:iam::111122223333:role/quilt-tenant is denied to "
    )
    assert first.endswith("%0Afix: allow sts:TagSession in the trust policy and in the server's own policy")


def test_what_is_in_no_file_stands_at_the_settings_or_nowhere():
    assert "::error file=iamsim.toml,title=iamsim%3A no-credentials::" in shown(real("quilt-no-credentials"))
    assert shown(reports.no_credentials()).startswith("::error title=iamsim%3A no-credentials::")


def test_nothing_to_say_is_no_line():
    assert shown(replace(reports.fixed(), findings=())) == ""


def test_nothing_in_a_finding_begins_a_command_or_another_property():
    evil = replace(
        reports.refused().findings[0],
        kind=Kind.HAZARD,
        severity=Severity.LOW,
        rule="x::y,line=1",
        message="a\n::set-output name=x::y\r::stop-commands::x 100%",
        evidence=(),
        origins=(Origin("a,line=9::b\n::debug::c.json", line=3),),
    )
    text = shown(replace(reports.fixed(), findings=(evil,)))
    assert text == (
        "::notice file=a%2Cline=9%3A%3Ab%0A%3A%3Adebug%3A%3Ac.json,line=3,title=iamsim%3A x%3A%3Ay%2Cline=1::"
        "a%0A::set-output name=x::y\\u000d::stop-commands::x 100%25\n"
    )
