"""The exit code of a report, for every combination of what it can hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from iamsim import gate
from iamsim.model.finding import Confidence, Finding, Kind, Severity
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
