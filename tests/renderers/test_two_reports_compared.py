"""What a reader is told of two reports: newly broken, newly fixed, newly possible."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from iamsim.model.report import Accepted, Status
from iamsim.renderers import RenderOptions, _compared, renderer
from tests.renderers import real, reports


def words(changes):
    return [(change.what, change.how) for change in changes]


@pytest.fixture(scope="module")
def better():
    return _compared.compared(real.real("quilt-task-role"), real.real("quilt-fixed"))


@pytest.fixture(scope="module")
def worse():
    return _compared.compared(real.real("quilt-fixed"), real.real("quilt-task-role"))


def test_the_same_report_twice_has_not_changed():
    told = _compared.compared(reports.refused(), reports.refused())
    assert (told.broken, told.fixed, told.possible, told.differences) == ((), (), (), ())
    assert told.sentence == (
        "Against the report judged at 2026-01-30 12:00:00 UTC: 0 newly broken, 0 newly fixed, 0 newly possible."
        " Nothing changed that is told here."
    )


def test_every_gap_that_is_gone_is_newly_fixed_and_no_gap_is_newly_broken(better):
    gaps = real.gaps(real.real("quilt-task-role"))
    assert {(gap.message, "no gap any more") for gap in gaps} <= set(words(better.fixed))
    assert ("`bucket_objects_put`", "blocked → allowed") in words(better.fixed)
    assert better.broken == ()


def test_what_became_possible_is_told_by_action_and_role_with_the_tools(better):
    told = dict(words(better.possible))
    (found,) = [
        how for what, how in told.items() if what.startswith("`kms:GenerateDataKey`") and "quilt-tenant" in what
    ]
    assert "bucket_objects_put" in found


def test_the_other_way_every_gap_is_newly_broken_and_links_to_its_card(worse):
    gaps = real.gaps(real.real("quilt-task-role"))
    assert {(gap.message, "a new gap") for gap in gaps} <= set(words(worse.broken))
    assert ("`bucket_objects_put`", "allowed → blocked") in words(worse.broken)
    assert worse.fixed == ()
    assert worse.possible == ()
    page = renderer("html").render(real.real("quilt-task-role"), RenderOptions(against=real.real("quilt-fixed")))
    linked = re.findall(r'href="#([^"]+)"', page.partition('<section id="compared"')[2].partition("</section>")[0])
    assert linked
    assert all(f'id="{anchor}"' in page for anchor in linked)


def test_a_need_behind_a_role_that_cannot_be_assumed_is_not_newly_possible():
    before = reports.refused()
    wider = tuple(
        replace(probe, explanation=replace(probe.explanation, decision=reports.Decision.ALLOWED))
        if probe.id == "tool/s3:PutObject"
        else probe
        for probe in before.probes
    )
    tools = tuple(
        replace(tool, needs=tuple(replace(need, status=Status.ALLOWED, gap=False) for need in tool.needs))
        if tool.name == "bucket_objects_put"
        else tool
        for tool in before.tools
    )
    blocked = replace(before, probes=wider, tools=tools)
    assert _compared.compared(before, blocked).possible == ()
    through = replace(
        blocked, tools=tuple(replace(t, status=Status.ALLOWED) if t.name == "bucket_objects_put" else t for t in tools)
    )
    (change,) = _compared.compared(before, through).possible
    assert change.what.startswith("`s3:PutObject` on `arn:aws:s3:::quilt-ernest-staging/.quilt/packages/")
    assert change.how == "for bucket_objects_put"


def test_an_unknown_that_became_a_gap_is_broken_and_the_other_way_fixed():
    before = reports.refused()
    opened = next(finding for finding in before.findings if finding.rule == "unknown-need")
    graver = tuple(
        replace(finding, kind=reports.Kind.GAP) if finding is opened else finding for finding in before.findings
    )
    after = replace(before, findings=graver)
    assert words(_compared.compared(before, after).broken) == [(opened.message, "was unknown, is a gap")]
    assert words(_compared.compared(after, before).fixed) == [(opened.message, "was a gap, is unknown")]


def test_what_was_accepted_in_between_is_not_fixed():
    before = reports.refused()
    gap = before.findings[0]
    after = replace(before, accepted=(Accepted(gap.key, "baseline", "known since January"),))
    assert _compared.compared(before, after).fixed == ()
    assert words(_compared.compared(after, before).broken) == [(gap.message, "a gap that was accepted")]


def test_reports_on_other_questions_say_so():
    before = reports.refused()
    after = replace(
        before,
        role_arn="arn:aws:iam::111122223333:role/other",
        settings={"bucket": "another"},
        tools=before.tools[1:],
        version="0.2.0",
    )
    told = "; ".join(_compared.compared(before, after).differences)
    for wanted in (
        "another role (arn:aws:iam::111122223333:role/mcp/reader, now arn:aws:iam::111122223333:role/other)",
        "another version of iamsim (0.1.0, now 0.2.0)",
        "other parameters (bucket)",
        f"1 tool gone ({before.tools[0].name})",
    ):
        assert wanted in told


def test_a_terminal_tells_the_changes_before_the_rest_and_only_when_asked():
    before, after = real.real("quilt-task-role"), real.real("quilt-fixed")
    text = renderer("terminal").render(after, RenderOptions(against=before))
    told = " ".join(text.partition("Since the earlier report")[2].partition("Token → call")[0].split())
    assert "✓ newly fixed: sts:SetSourceIdentity on arn:aws:iam::111122223333:role/quilt-tenant is denied" in told
    assert "! newly possible: " in told
    assert "Since the earlier report" not in renderer("terminal").render(after, RenderOptions())
    assert 'id="compared"' not in renderer("html").render(after, RenderOptions())
