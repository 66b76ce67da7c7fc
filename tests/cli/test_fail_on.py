"""`--fail-on` of `check`: hazards and lint findings that fail beside gaps."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.running import copied, run

AT = ("--at", "2026-01-30T12:00:00Z")


@pytest.fixture
def hazards(fixed):
    """The severities of the hazards of an account that passes."""
    report = run(fixed, "check", *AT, "--format", "json").report
    assert report["exit_code"] == 0
    return {each["severity"] for each in report["findings"] if each["kind"] == "hazard"}


def test_hazards_fail_from_the_severity_on_and_are_named(fixed, hazards):
    assert hazards
    order = ["critical", "high", "medium", "low", "info"]
    worst = min(map(order.index, hazards))
    for number, level in enumerate(order):
        ran = run(fixed, "check", *AT, "--fail-on", f"hazard:{level}")
        assert ran.code == int(number >= worst)
        assert ("fails by --fail-on" in ran.words) == (number >= worst)
    assert "by --fail-on" in run(fixed, "check", *AT, "--fail-on", "info").out.splitlines()[0]
    assert run(fixed, "check", *AT).code == 0


def test_a_bare_severity_is_of_both(fixed):
    report = run(fixed, "check", *AT, "--fail-on", "low", "--fail-on", "lint:info", "--format", "json").report
    assert report["fail_on"] == ["hazard:low", "lint:low", "lint:info"]


def test_the_settings_say_it_too_and_the_option_wins(fixed, hazards):
    text = (fixed / "iamsim.toml").read_text(encoding="utf-8")
    (fixed / "iamsim.toml").write_text('fail_on = ["hazard:info"]\n' + text, encoding="utf-8")
    assert run(fixed, "check", *AT).code == 1
    assert "critical" not in hazards
    assert run(fixed, "check", *AT, "--fail-on", "hazard:critical").code == 0
    (fixed / "iamsim.toml").write_text('fail_on = "hazards:info"\n' + text, encoding="utf-8")
    error = run(fixed, "check", *AT).error
    assert error == (
        "iamsim.toml:1: `fail_on` names `hazards:info`, which is no threshold; did you mean `hazard:info`?"
    )


def test_no_threshold_weakens_what_fails_anyway(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    assert run(folder, "check", *AT, "--fail-on", "hazard:critical").code == 1


@pytest.mark.parametrize("level", ["never", "gap", "hazard", "hazard:", "hazard:severe", "note:low"])
def test_what_is_no_threshold_is_refused(fixed, level):
    assert run(fixed, "check", *AT, "--fail-on", level).code == 2


def test_a_baseline_lets_known_hazards_pass_and_keeps_gates_on_new_ones(fixed):
    run(fixed, "check", *AT, "--write-baseline", "../base.json")
    ran = run(fixed, "check", *AT, "--fail-on", "info", "--baseline", "../base.json")
    assert ran.code == 0


def test_a_saved_report_keeps_its_thresholds(fixed):
    run(fixed, "check", *AT, "--fail-on", "hazard:info", "--format", "json=../saved.json")
    assert run(fixed, "report", "../saved.json", "-o", "../page.html").code == 1
    assert "fails by --fail-on" in (fixed.parent / "page.html").read_text(encoding="utf-8")
    text = (fixed.parent / "saved.json").read_text(encoding="utf-8")
    (fixed.parent / "saved.json").write_text(text.replace('"hazard:info"', '"hazard:severe"'), encoding="utf-8")
    assert run(fixed, "report", "../saved.json", "-o", "../page.html").code == 2


def test_report_makes_its_own_check_by_the_same_thresholds(fixed):
    assert run(fixed, "report", *AT, "--fail-on", "hazard:info", "-o", "../page.html").code == 1


def test_an_unknown_fails_as_a_gap_does_when_asked(tmp_path):
    folder = copied("quilt-fixed", tmp_path, without=("bucket",))
    assert run(folder, "check", *AT).code == 4
    ran = run(folder, "check", *AT, "--fail-on", "unknown")
    assert ran.code == 1
    assert re.search(r"but there are \d+ findings by --fail-on", ran.out.splitlines()[0])
    assert "(medium, need-unknown): fails by --fail-on" in ran.words
    assert run(folder, "check", *AT, "--fail-on", "critical").code == 4, "a severity makes nothing of unknowns"


def test_needs_that_a_tool_can_do_without_fail_when_asked(tmp_path):
    folder = copied("quilt-fixed", tmp_path)
    for path in folder.glob("roles/*/inline/*.json"):
        held = json.loads(path.read_text(encoding="utf-8"))
        told = held["Statement"] if isinstance(held["Statement"], list) else [held["Statement"]]
        held["Statement"] = [*told, {"Effect": "Deny", "Action": "s3:GetBucketAcl", "Resource": "*"}]
        path.write_text(json.dumps(held), encoding="utf-8")
    report = run(folder, "check", *AT, "--format", "json").report
    assert report["exit_code"] == 0
    notes = [each for each in report["findings"] if each["rule"] == "optional-permission"]
    assert notes
    ran = run(folder, "check", *AT, "--fail-on", "optional")
    assert ran.code == 1
    assert "(info, optional-permission): fails by --fail-on" in ran.words

    # What fails can be accepted, and nothing else is.
    waiver = '[[waivers]]\nid = "optional-permission"\nreason = "the answer may be poorer"\nexpires = 2999-01-31\n'
    (tmp_path / "w.toml").write_text(waiver, encoding="utf-8")
    ran = run(folder, "check", *AT, "--fail-on", "optional", "--waivers", "../w.toml")
    assert (ran.code, ran.err) == (0, "")
    assert "the answer may be poorer" in ran.words
    assert "matches nothing" in run(folder, "check", *AT, "--waivers", "../w.toml").err
    run(folder, "check", *AT, "--fail-on", "optional", "--write-baseline", "../base.json")
    assert run(folder, "check", *AT, "--fail-on", "optional", "--baseline", "../base.json").code == 0
