"""The exit code of a report, for every combination of what it can hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from iamsim import gate
from iamsim.model.finding import Accepted, Confidence, Finding, Ground, Kind, Severity
from iamsim.model.report import Status
from tests import setups

COMBINATIONS = [kinds for size in range(len(Kind) + 1) for kinds in combinations(Kind, size)]


@pytest.fixture
def report(monkeypatch):
    return setups.judged(setups.read(setups.FIXTURES / "rules/assume-denied/clean", monkeypatch)).report


def finding(kind: Kind) -> Finding:
    return Finding(kind.value, "rule", kind, Severity.LOW, Confidence.CERTAIN, "tools", kind.value, kind.value)


def with_kinds(report, kinds):
    return replace(report, findings=tuple(map(finding, kinds)))


@pytest.mark.parametrize("kinds", COMBINATIONS, ids=lambda kinds: "+".join(kinds) or "nothing")
def test_a_gap_outranks_an_unknown_and_both_outrank_what_only_informs(report, kinds):
    code = 1 if Kind.GAP in kinds else 4 if Kind.UNKNOWN in kinds else 0
    assert gate.exit_code(with_kinds(report, kinds)) == code
    assert gate.exit_code(with_kinds(report, reversed(kinds))) == code


@pytest.mark.parametrize("kinds", COMBINATIONS, ids=lambda kinds: "+".join(kinds) or "nothing")
def test_nothing_to_check_outranks_every_finding(report, kinds):
    assert gate.exit_code(replace(with_kinds(report, kinds), tools=())) == 3


def test_neither_severity_nor_confidence_lets_a_gap_pass(report):
    for severity in Severity:
        for confidence in Confidence:
            found = replace(finding(Kind.GAP), severity=severity, confidence=confidence)
            assert gate.exit_code(replace(report, findings=(found,))) == 1


def test_the_code_that_a_report_brings_along_does_not_count(report):
    assert gate.exit_code(replace(with_kinds(report, (Kind.GAP,)), exit_code=0)) == 1


def test_every_code_is_explained():
    assert set(gate.MEANING) == {0, 1, 2, 3, 4, 5, 130}


def accepting(report, *kinds):
    return replace(report, accepted=tuple(Accepted(kind.value, Ground.WAIVER, "a reason") for kind in kinds))


@pytest.mark.parametrize("kinds", COMBINATIONS, ids=lambda kinds: "+".join(kinds) or "nothing")
@pytest.mark.parametrize("left", [(Kind.GAP,), (Kind.UNKNOWN,), (Kind.GAP, Kind.UNKNOWN)], ids="+".join)
def test_what_is_accepted_does_not_count_and_everything_else_does(report, kinds, left):
    rest = {*kinds} - {*left}
    code = 1 if Kind.GAP in rest else 4 if Kind.UNKNOWN in rest else 0
    assert gate.exit_code(accepting(with_kinds(report, kinds), *left)) == code


def with_step(report, status, **changes):
    """A report whose one tool came out so, with one accepted gap that may tell of it."""
    tools = (replace(report.tools[0], status=status),)
    found = replace(finding(Kind.GAP), **changes)
    return accepting(replace(report, tools=tools, findings=(found,)), Kind.GAP)


def test_an_accepted_gap_covers_the_tools_that_it_names_and_no_other(report):
    name = report.tools[0].name
    for status, code in ((Status.DENIED, 1), (Status.BLOCKED, 1), (Status.UNKNOWN, 4)):
        assert gate.exit_code(with_step(report, status, tools=(name,))) == 0
        assert gate.exit_code(with_step(report, status, tools=("another",))) == code


def test_an_accepted_unknown_covers_no_tool_that_is_denied(report):
    name = report.tools[0].name
    found = replace(finding(Kind.UNKNOWN), tools=(name,))
    tools = (replace(report.tools[0], status=Status.DENIED),)
    assert gate.exit_code(accepting(replace(report, tools=tools, findings=(found,)), Kind.UNKNOWN)) == 1


def test_an_accepted_gap_of_the_tools_covers_no_call_that_is_denied(report):
    denied = replace(report, assume=replace(report.assume, status=Status.DENIED))
    for step, code in (("tools", 1), ("assume", 0)):
        found = replace(finding(Kind.GAP), step=step)
        assert gate.exit_code(accepting(replace(denied, findings=(found,)), Kind.GAP)) == code


def test_an_acceptance_of_nothing_opens_nothing(report):
    denied = replace(report, assume=replace(report.assume, status=Status.DENIED), findings=())
    assert gate.exit_code(accepting(denied, Kind.GAP)) == 1


def test_an_expired_waiver_fails_a_report_without_gaps(report):
    assert gate.exit_code(with_kinds(report, ())) == 0
    assert gate.exit_code(replace(with_kinds(report, ()), overdue=("it expired",))) == 1


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("which", ["hazard", "lint"])
def test_hazards_and_lint_findings_fail_from_the_severity_on(report, which, severity):
    order = [*Severity]
    found = (replace(finding(Kind.HAZARD), severity=severity),)
    told = replace(report, findings=found if which == "hazard" else (), policies=found if which == "lint" else ())
    assert gate.exit_code(told) == 0
    for level in Severity:
        code = int(order.index(severity) <= order.index(level))
        asked = replace(told, fail_on=(f"{which}:{level}",))
        assert gate.exit_code(asked) == code
        assert gate.exit_code(accepting(asked, Kind.HAZARD)) == 0
        other = {"hazard": "lint", "lint": "hazard"}[which]
        assert gate.exit_code(replace(told, fail_on=(f"{other}:{level}",))) == 0


def test_a_note_never_fails(report):
    assert gate.exit_code(replace(with_kinds(report, (Kind.NOTE,)), fail_on=("hazard:info", "lint:info"))) == 0


FOLDERS = sorted([*(setups.FIXTURES / "rules").glob("*/*"), *(setups.FIXTURES / "accounts").glob("quilt-*")])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_report_passes_once_all_is_accepted_and_not_while_anything_is_not(folder, monkeypatch):
    report = setups.judged(setups.read(folder, monkeypatch)).report
    open_ = [each for each in report.findings if each.kind in (Kind.GAP, Kind.UNKNOWN)]
    everything = tuple(Accepted(each.key, Ground.WAIVER, "a reason") for each in open_)
    assert gate.exit_code(replace(report, accepted=everything)) == (0 if report.tools else 3)
    for left_out in open_[:20]:
        rest = tuple(each for each in everything if each.key != left_out.key)
        assert gate.exit_code(replace(report, accepted=rest)) == (1 if left_out.kind is Kind.GAP else 4)


def test_a_need_that_no_accepted_gap_asked_for_counts_though_its_rule_is_gone(report):
    tool = report.tools[0]
    attempt = replace(tool.needs[0].attempts[0], probes=("p1",))
    one = replace(tool.needs[0], gap=True, attempts=(attempt,))
    other = replace(one, attempts=(replace(attempt, probes=("p2",)),))
    found = replace(finding(Kind.GAP), tools=(tool.name,), probes=("p1",))
    for needs, code in (((one,), 0), ((one, other), 1)):
        denied = replace(tool, status=Status.DENIED, needs=needs)
        told = replace(report, tools=(denied,), findings=(found,))
        assert gate.exit_code(accepting(told, Kind.GAP)) == code
