from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from iamsim import gate
from iamsim.model.finding import Kind
from iamsim.model.report import AssumeStep, Report, Status
from iamsim.renderers import RenderOptions, renderer
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)


def suites(report: Report) -> ET.Element:
    return ET.fromstring(renderer("junit").render(report, RenderOptions()))  # noqa: S314 - our own text


def cases(report: Report) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in suites(report).iter("testcase")}


def outcome(case: ET.Element) -> str:
    return next((child.tag for child in case if child.tag != "system-out"), "")


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_failures_and_errors_say_what_the_gate_says(report):
    found = suites(report)
    failures, errors = int(found.attrib["failures"]), int(found.attrib["errors"])
    assert {0: not failures and not errors, 1: failures > 0, 4: errors > 0 and not failures}[gate.exit_code(report)]


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_the_numbers_are_those_of_the_cases(report):
    found = suites(report)
    every = [*found.iter("testcase")]
    assert int(found.attrib["tests"]) == len(every)
    for suite in found:
        for tag, number in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.attrib[number]) == sum(outcome(case) == tag for case in suite)
    assert len([*found[1]]) == len(report.tools)


def test_a_step_that_fails_says_why_and_what_helps():
    case = cases(real("quilt-session-tags"))["assume arn:aws:iam::111122223333:role/quilt-tenant"]
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("cannot be assumed; sts:TagSession on arn:aws:iam::111122223333:role/")
    text = str(failure.text)
    assert "[critical] assume-denied at roles/quilt-tenant/trust.json:8:7 and " in text
    assert "\nfix: allow sts:TagSession in the trust policy and in the server's own policy\n" in text
    assert "\nAWS would say: User: arn:aws:sts::" in text


def test_a_tool_passes_fails_is_open_or_is_skipped():
    found = {name: outcome(case) for name, case in cases(real("quilt-task-role")).items()}
    assert (found["athena_query_execute"], found["catalog_url"]) == ("failure", "skipped")
    assert outcome(cases(real("quilt-fixed"))["bucket_objects_list"]) == ""
    assert outcome(cases(reports.unseen())["package_create"]) == "error"


def test_the_finding_of_a_hop_fails_the_hop_and_not_the_call():
    probe = reports.refused().probes[1]
    hop = AssumeStep(Status.DENIED, "arn:aws:iam::111122223333:role/next", reports.ROLE, probes=("hop",))
    gap = replace(reports.refused().findings[1], step="assume", kind=Kind.GAP, probes=("hop",), tools=())
    report = replace(reports.fixed(), findings=(gap,), hops=(hop,), probes=(replace(probe, id="hop"),), exit_code=1)
    found = cases(report)
    assert outcome(found[f"assume {reports.ROLE}"]) == ""
    failure = found["hop 1 arn:aws:iam::111122223333:role/next"].find("failure")
    assert failure is not None
    assert gap.message in str(failure.text)


def test_a_gap_of_no_tool_is_a_case_of_its_own():
    gap = replace(reports.refused().findings[1], step="tools", kind=Kind.GAP, tools=("gone",))
    report = replace(reports.fixed(), findings=(gap,), exit_code=1)
    assert [outcome(case) for case in suites(report)[0]] == ["", "", "failure"]


def test_nothing_to_check_does_not_pass():
    (case,) = suites(replace(reports.fixed(), tools=(), exit_code=3))[1]
    assert outcome(case) == "error"


def test_hostile_names_are_text():
    text = renderer("junit").render(reports.hostile(), RenderOptions())
    text.encode()
    assert "<script" not in text
    assert {element.tag for element in ET.fromstring(text).iter()} <= {  # noqa: S314 - our own text
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
    }
    evil = replace(reports.fixed(), tools=(replace(reports.fixed().tools[0], name='x" evil="1]]>\x00\ufffe&#0;'),))
    assert 'x" evil="1]]>\\u0000\\ufffe&#0;' in cases(evil)


def test_equal_reports_give_equal_text():
    assert renderer("junit").render(reports.large(), RenderOptions()) == renderer("junit").render(
        reports.large(), RenderOptions(60, unicode=False)
    )
