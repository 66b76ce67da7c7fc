"""What somebody accepted, with the reason, in every format; and what fails a report although it is no gap."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from jsonschema import Draft202012Validator

from iamsim import gate
from iamsim.model.finding import Accepted, Ground, Kind
from iamsim.renderers import RenderOptions, renderer
from tests.cli.running import run
from tests.cli.test_lint import PASSES, write
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real
from tests.renderers.sarif_schema import LOG

WHY = "the data team repairs it | by <b>spring</b>"
OVERDUE = "w.toml:3: the waiver of `assume-denied` expired on 2026-01-01 (platform team): the role is new"
LATER = date.today() + timedelta(days=400)  # noqa: DTZ011 - any day to come


def judged(report, keys, **changes):
    """The report with the findings of these keys waived, and the gate's verdict on it."""
    waived = tuple(Accepted(key, Ground.WAIVER, WHY, "platform team", "2027-01-31") for key in sorted(keys))
    report = replace(report, accepted=waived, **changes)
    return replace(report, exit_code=gate.exit_code(report))


@cache
def all_gaps_waived(account="quilt-task-role", **changes):
    report = real(account)
    return judged(report, {each.key for each in report.findings if each.kind is Kind.GAP}, **changes)


def told(form, report):
    return renderer(form).render(report, RenderOptions())


def cases(text):
    return {
        case.attrib["name"]: next(
            ((child.tag, child.attrib["message"]) for child in case if child.tag != "system-out"), None
        )
        for case in ET.fromstring(text).iter("testcase")  # noqa: S314 - our own text
    }


def test_sarif_suppresses_what_is_accepted_with_its_reason_and_nothing_else():
    log = json.loads(told("sarif", all_gaps_waived()))
    Draft202012Validator(LOG).validate(log)
    results = log["runs"][0]["results"]
    for result in results:
        gap = result["properties"]["kind"] == "gap"
        assert bool(result["suppressions"]) == gap, "the property is there on all results, or says nothing (3.27.23)"
        if gap:
            assert result["level"] == "note"
            assert result["suppressions"][0] == {
                "kind": "external",
                "status": "accepted",
                "justification": f"waived by platform team until 2027-01-31: {WHY}",
            }
    assert any(result["suppressions"] for result in results)


def test_sarif_notifies_of_an_expired_waiver():
    log = json.loads(told("sarif", judged(reports.fixed(), (), overdue=(OVERDUE,))))
    Draft202012Validator(LOG).validate(log)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["exitCode"] == 1
    assert invocation["toolConfigurationNotifications"] == [{"level": "error", "message": {"text": OVERDUE}}]


def test_annotations_say_what_is_accepted_as_a_notice_with_its_reason():
    lines = told("github", all_gaps_waived()).splitlines()
    assert not any(line.startswith("::error") for line in lines)
    assert any(line.startswith("::notice") and "waived by platform team until 2027-01-31" in line for line in lines)
    first = told("github", judged(reports.fixed(), (), overdue=(OVERDUE,))).splitlines()[0]
    assert first == f"::error title=iamsim%3A expired waiver::{OVERDUE}"


def test_code_quality_says_what_is_accepted_for_information():
    issues = json.loads(told("gitlab", all_gaps_waived()))
    waived = [each for each in issues if "waived by platform team" in each["description"]]
    assert waived
    assert {each["severity"] for each in waived} == {"info"}
    issue = json.loads(told("gitlab", judged(reports.fixed(), (), overdue=(OVERDUE,))))[0]
    assert (issue["description"], issue["severity"]) == (OVERDUE, "major")
    assert set(issue) == set(issues[0])


def test_a_comment_folds_away_what_is_accepted_and_shows_the_reason():
    text = told("markdown", all_gaps_waived())
    assert "| ✗ gap |" not in text
    assert "27 accepted, and still there</summary>" in text
    assert "waived by platform team until 2027-01-31: the data team repairs it &#124; by &#60;b&#62;" in text
    assert "- <code>w.toml:3: the waiver of &#96;assume-denied&#96; expired" in told(
        "markdown", judged(reports.fixed(), (), overdue=(OVERDUE,))
    )


def test_a_test_case_of_what_is_accepted_is_skipped_with_the_reason():
    found = cases(told("junit", all_gaps_waived()))
    kind, message = found["assume arn:aws:iam::111122223333:role/quilt-tenant"]
    assert kind == "skipped"
    assert message.endswith(f"waived by platform team until 2027-01-31: {WHY}")
    assert found["athena_query_execute"][0] == "skipped"
    late = cases(told("junit", judged(reports.fixed(), (), overdue=(OVERDUE,))))
    assert late[OVERDUE] == ("failure", OVERDUE)


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("fail_on", [(), ("unknown",), ("optional",), ("hazard:info", "lint:info")], ids="+".join)
@pytest.mark.parametrize("which", ["none", "first gap", "all gaps", "all"])
def test_cases_fail_as_the_gate_does_whatever_is_accepted(account, fail_on, which):
    report = real(account)
    gaps = [each.key for each in report.findings if each.kind is Kind.GAP]
    everything = [each.key for each in (*report.findings, *report.policies)]
    keys = {"none": [], "first gap": gaps[:1], "all gaps": gaps, "all": everything}[which]
    report = judged(report, keys, fail_on=fail_on)
    suites = ET.fromstring(told("junit", report))  # noqa: S314 - our own text
    failed = int(suites.attrib["failures"]) + int(suites.attrib["errors"]) > 0
    assert failed == (report.exit_code != 0)
    levels = {line.partition(" ")[0] for line in told("github", report).splitlines()}
    assert ("::error" in levels) == (report.exit_code == 1)


def test_the_matrix_stays_what_it_is():
    plain, waived = (
        list(csv.reader(io.StringIO(told("csv", each)))) for each in (real("quilt-task-role"), all_gaps_waived())
    )
    assert plain == waived


@pytest.fixture
def waived(tmp_path):
    """Two policies with the same fault, of which one is waived."""
    write(str(tmp_path / "policies/one.json"), PASSES)
    write(str(tmp_path / "policies/two.json"), PASSES)
    (tmp_path / "w.toml").write_text(
        f'[[waivers]]\nid = "passes-any-role"\nplace = "policies/one.json"\nreason = "{WHY}"\nexpires = {LATER}\n'
        '[[waivers]]\nid = "allows-everything"\nreason = "old"\nexpires = 2020-01-31\n',
        encoding="utf-8",
    )
    return tmp_path


def test_lint_tells_it_in_the_same_words(waived):
    def linted(form):
        ran = run(waived, "lint", "policies", "--select", "passes-any-role", "--waivers", "w.toml", "--format", form)
        assert ran.code == 1
        return ran.out

    late = "the waiver of `allows-everything` expired on 2020-01-31"
    log = json.loads(linted("sarif"))
    Draft202012Validator(LOG).validate(log)
    said = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: [
            (each["kind"], each["justification"]) for each in result["suppressions"]
        ]
        for result in log["runs"][0]["results"]
    }
    why = f"waived until {LATER}: {WHY}"
    assert said == {"policies/one.json": [("external", why)], "policies/two.json": []}
    assert late in log["runs"][0]["invocations"][0]["toolConfigurationNotifications"][0]["message"]["text"]

    found = cases(linted("junit"))
    assert sorted(each[0] for each in found.values()) == ["failure", "failure", "skipped"]
    assert any(late in name for name in found)
    assert [line.split()[0] for line in linted("github").splitlines()] == ["::error", "::error", "::notice"]
    assert [each["severity"] for each in json.loads(linted("gitlab"))] == ["major", "info", "critical"]
    comment = linted("markdown")
    assert "2 findings (2 high); 1 accepted, 1 new" in comment
    assert "1 accepted, and still there" in comment
    assert "expired on 2020" in comment
